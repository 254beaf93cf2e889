"""Prediction on images and videos, with any toolbox's config and a checkpoint of it, or by name."""

from hrnet_mm.apis.predictor import Predictor

__all__ = ["Predictor"]
