"""Prediction on images and videos, with any toolbox's config and a checkpoint of it, or by name."""
