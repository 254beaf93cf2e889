"""Measured beside published: costs, results and files for the test servers."""
