"""Costs and results compared with the published ones; submissions to test servers."""
