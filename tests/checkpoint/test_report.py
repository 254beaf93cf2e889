"""What became of the weights of a file is told in a table."""

from pathlib import Path

import torch

from hrnet_mm.checkpoint.loading import fit
from hrnet_mm.models import HRNetBackbone
from tests.checkpoint.models import ARCH
from tests.checkpoint.official import write_official


def test_the_report_fits_a_terminal(tmp_path: Path) -> None:
    path = write_official("cls", tmp_path)
    model = HRNetBackbone(ARCH, out_indices=(0,))
    _, report = fit(model, torch.load(path, weights_only=True))
    text = report.text()
    assert max(map(len, text.splitlines())) <= 80
    for part in ("official classification, timm", ARCH, "stem", "stage 4", "head", "dropped"):
        assert part in text
