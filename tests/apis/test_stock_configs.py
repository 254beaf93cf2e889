"""Configs of the installed toolboxes are found, with what is published for them."""

import re
from pathlib import Path

import pytest
import yaml

from hrnet_mm.apis.stock_configs import (
    TOOLBOXES,
    find_published,
    find_stock_config,
    stock_folder,
    stock_name,
)
from hrnet_mm.errors import UserError

FASTER_RCNN = "mmdet::hrnet/faster-rcnn_hrnetv2p-w18-1x_coco.py"


def test_a_name_and_a_path_lead_to_the_same_file() -> None:
    path = find_stock_config(FASTER_RCNN)
    assert path.is_file()
    assert find_stock_config(str(path)) == path
    assert stock_name(path) == FASTER_RCNN


def test_other_files_have_no_name(tmp_path: Path) -> None:
    assert stock_name(tmp_path / "mine.py") is None


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("nowhere/x.py", "no config file nowhere/x.py"),
        ("mmdet::hrnet/faster-rcnn.py", "no config file .*/hrnet/faster-rcnn.py"),
        ("mmyolo::yolov5/x.py", "mmyolo::yolov5/x.py: before :: .* mmpose, mmseg, mmdet"),
    ],
)
def test_what_is_not_there_is_named(config: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        find_stock_config(config)


@pytest.mark.parametrize(
    ("name", "results", "weights"),
    [
        (
            "mmdet::hrnet/mask-rcnn_hrnetv2p-w18-1x_coco.py",
            ["COCO: box AP 37.7", "COCO: mask AP 34.2"],
            "mask_rcnn_hrnetv2p_w18_1x_coco_20200205-1c3d78ed.pth",
        ),
        (
            "mmseg::hrnet/fcn_hr18s_4xb2-40k_cityscapes-512x1024.py",
            ["Cityscapes: mIoU 73.86, mIoU(ms+flip) 75.91"],
            "fcn_hr18s_512x1024_40k_cityscapes_20200601_014216-93db27d0.pth",
        ),
        (
            "mmpretrain::hrnet/hrnet-w18_4xb32_in1k.py",  # of two models, the first
            ["ImageNet-1k: Top 1 Accuracy 76.75, Top 5 Accuracy 93.44"],
            "hrnet-w18_3rdparty_8xb32_in1k_20220120-0c10b180.pth",
        ),
    ],
)
def test_the_metafile_is_read(name: str, results: list[str], weights: str) -> None:
    published = find_published(name)
    assert published is not None
    assert published.results == results
    assert published.weights is not None
    assert published.weights.endswith(f"/{weights}")
    toolbox, _, path = name.partition("::")
    assert re.fullmatch(rf"{toolbox} [\d.]+, {Path(path).parent}/metafile\.ya?ml", published.source)


def test_nothing_is_published_for_a_config_that_no_metafile_has() -> None:
    assert find_published("mmdet::hrnet/htc_hrnetv2p-w40_28e_coco.py") is None


@pytest.mark.slow
@pytest.mark.parametrize("toolbox", TOOLBOXES)
def test_a_metafile_is_beside_its_configs(toolbox: str) -> None:
    """So that it is enough to look there for an HRNet."""
    folder = stock_folder(toolbox)
    assert folder is not None
    index = yaml.safe_load((folder.parent / "model-index.yml").read_text())
    for metafile in index["Import"]:
        models = (yaml.safe_load((folder.parent / metafile).read_text()) or {}).get("Models", [])
        configs = [model["Config"] for model in models if "hrnet" in model.get("Config", "")]
        assert {Path(config).parent for config in configs} <= {Path(metafile).parent}
