"""Bundles: what is written is read again, and what was not written so is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hrnet_mm.deploy.bundle import Bundle, sha256_of
from hrnet_mm.deploy.pose_scores import PoseScores
from hrnet_mm.deploy.tasks import (
    BoxCoder,
    Codec,
    DetTask,
    FeaturesTask,
    FlipTest,
    PoseTask,
    Resize,
    SegTask,
    TwoStageHead,
    Window,
)
from hrnet_mm.errors import UserError
from tests.deploy.bundles import example_bundle

CODER = BoxCoder(means=(0, 0, 0, 0), stds=(1.0, 1.0, 1.0, 1.0), legacy=False)
TASKS = [
    PoseTask(
        padding=1.25,
        use_udp=True,
        codec=Codec(name="UDPHeatmap", heatmap_type="combined"),
        flip_test=FlipTest(mode="udp_combined", shift=False),
        scores=PoseScores(sigmas=(0.1, 0.1)),
        keypoints=("left", "right"),
        flip_indices=(1, 0),
        keypoint_colors=((1, 2, 3), (4, 5, 6)),
        links=((0, 1),),
        link_colors=((0, 255, 0),),
    ),
    SegTask(
        resizes=(Resize(scale=(2048, 1024), keep_ratio=True),),
        window=Window(size=(512, 512), stride=(340, 340)),
        align_corners=False,
        reduce_zero_label=True,
        classes=("sky",),
        palette=((1, 2, 3),),
    ),
    DetTask(
        resizes=(),
        head=TwoStageHead(
            base_anchors=(((0.0, 0.0, 8.0, 8.0),),),
            strides=(4,),
            proposal_coder=CODER,
            candidates_per_level=1000,
            proposal_nms_threshold=0.7,
            max_proposals=1000,
            box_coder=CODER,
            score_threshold=0.05,
            nms_threshold=0.5,
            max_boxes=100,
        ),
        classes=("cat",),
        palette=(),
    ),
    example_bundle().task,
    FeaturesTask(),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle with a file beside the description."""
    graph = tmp_path / "model.onnx"
    graph.write_bytes(b"a graph")
    example_bundle(files={graph.name: sha256_of(graph)}).write(tmp_path)
    return tmp_path


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_what_is_written_is_read(task: Any, tmp_path: Path) -> None:
    bundle = example_bundle(task=task)
    bundle.write(tmp_path)
    assert Bundle.read(tmp_path) == bundle


def _change(**values: Any) -> Callable[[dict], None]:
    return lambda content: content.update(values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_change(layout=99), r"model\.json: layout 99; this version of hrnet_mm reads layout 1"),
        (_change(colour=1), r"model\.json: colour is unknown"),
        (lambda content: content.pop("outputs"), r"model\.json: outputs is missing"),
        (lambda content: content["input"].update(width="9"), r"input\.width is '9'; it must be of"),
        (lambda content: content["input"].update(width=True), r"input\.width is True; it must be"),
        (lambda content: content["input"].update(mean=[1]), r"input\.mean is \[1\].* a list of 3"),
        (lambda content: content["input"].update(mean=None), r"input\.mean is None.* a list"),
        (lambda content: content["input"].update(depth=3), r"input\.depth is unknown"),
        (lambda content: content["task"].update(name="x"), r"task\.name is 'x'.*one of pose, seg"),
        (
            lambda content: content["task"].update(backend=[]),
            r"task\.backend is \[\].* cv2, pillow",
        ),
        (lambda content: content["task"].pop("crop"), r"task\.crop is missing"),
        (_change(task=3), r"task\.name is None"),
        (_change(files={"model.onnx": 3}), r"files\.model\.onnx is 3; it must be of type str"),
        (_change(outputs=[3]), r"outputs\[0\] is 3; it must be an object"),
    ],
)
def test_an_unfit_field_is_named(
    folder: Path, change: Callable[[dict], None], message: str
) -> None:
    path = folder / "model.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match=message):
        Bundle.read(folder)


def test_a_truncated_description_is_refused(folder: Path) -> None:
    path = folder / "model.json"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match=r"model\.json is damaged"):
        Bundle.read(folder)


@pytest.mark.parametrize("content", ["[]", "3", '"layout"'])
def test_a_foreign_description_is_refused(folder: Path, content: str) -> None:
    (folder / "model.json").write_text(content)
    with pytest.raises(UserError, match="layout None"):
        Bundle.read(folder)


def test_a_folder_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"is no bundle: it has no model\.json"):
        Bundle.read(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no bundle"):
        Bundle.read(tmp_path / "nowhere")


def test_a_graph_that_is_missing_or_another_is_refused(folder: Path) -> None:
    graph = folder / "model.onnx"
    graph.write_bytes(b"b graph")
    with pytest.raises(UserError, match=r"model\.onnx is not the file that model\.json describes"):
        Bundle.read(folder)
    graph.unlink()
    with pytest.raises(UserError, match=r"model\.onnx is missing"):
        Bundle.read(folder)
