"""Every public file of HRNet weights: recognised, converted, loaded, with a report.

`recognise` finds the net in a file, `convert` brings it into this package's layout and back, and
`loading` fits it to a model. Nothing here runs code from a file.
"""

from hrnet_mm.checkpoint.commands import convert_file, opened
from hrnet_mm.checkpoint.convert import TARGETS, Whole, from_whole, to_whole
from hrnet_mm.checkpoint.files import read_safetensors
from hrnet_mm.checkpoint.loading import below, fit, needs_fitting
from hrnet_mm.checkpoint.matching import trunks_of
from hrnet_mm.checkpoint.recognise import Recognised, find_weights, recognise
from hrnet_mm.checkpoint.report import Report

__all__ = [
    "TARGETS",
    "Recognised",
    "Report",
    "Whole",
    "below",
    "convert_file",
    "find_weights",
    "fit",
    "from_whole",
    "needs_fitting",
    "opened",
    "read_safetensors",
    "recognise",
    "to_whole",
    "trunks_of",
]
