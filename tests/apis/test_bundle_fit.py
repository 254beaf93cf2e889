"""A bundle of another model than the config's is refused; the message names the difference."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hrnet_mm.apis import bundle_fit
from hrnet_mm.apis.bundle_fit import check_fits
from hrnet_mm.apis.bundle_tasks import config_size, input_of, task_of
from hrnet_mm.apis.model import LoadedModel
from hrnet_mm.deploy.bundle import Bundle, Output
from hrnet_mm.deploy.tasks import (
    BoxCoder,
    Codec,
    DenseHead,
    DetTask,
    FeaturesTask,
    TwoStageHead,
)
from hrnet_mm.errors import UserError
from tests.apis.test_bundle_tasks import COCO, FCOS, IMAGENET, LIP, loaded
from tests.deploy.bundles import example_bundle

FOLDER = Path("some/bundle")
DENSE = DenseHead(
    strides=(8, 16),
    score_threshold=0.05,
    candidates_per_level=9,
    nms_threshold=0.5,
    max_boxes=9,
)
CODER = BoxCoder(means=(0, 0, 0, 0), stds=(1, 1, 1, 1), legacy=False)
TWO_STAGE = TwoStageHead(
    base_anchors=(((0.0, 0.0, 8.0, 8.0),),),
    strides=(4,),
    proposal_coder=CODER,
    candidates_per_level=9,
    proposal_nms_threshold=0.7,
    max_proposals=9,
    box_coder=CODER,
    score_threshold=0.05,
    nms_threshold=0.5,
    max_boxes=9,
)


def bundle_of(model: LoadedModel, **changes: Any) -> Bundle:
    """Describe a model as its export does."""
    output = Output(name="out", shape=(None, 2), stride=4, meaning="of both")
    return example_bundle(
        task=task_of(model, size=None),
        input=input_of(model, size=config_size(model), half=False),
        outputs=(output,),
        **changes,
    )


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> LoadedModel:
    """A detector whose network is its head."""
    monkeypatch.setattr(bundle_fit, "head_of", lambda network: network)
    return replace(loaded(FCOS), network=DENSE)


def det_bundle(model: LoadedModel, task: Any) -> Bundle:
    return example_bundle(task=task, input=input_of(model, size=None, half=False))


def det_task(head: Any) -> DetTask:
    return DetTask(resizes=(), head=head, classes=("a", "b"), palette=())


@pytest.mark.parametrize("path", [COCO, LIP, IMAGENET])
def test_the_bundle_of_a_model_fits(path: str) -> None:
    model = loaded(path)
    check_fits(bundle_of(model), model, folder=FOLDER)


@pytest.mark.parametrize(
    ("path", "changes", "message"),
    [
        (COCO, dict(codec=Codec(name="MSRAHeatmap")), r"codec is Codec\(name='MSRA.*'UDPHeatmap'"),
        (COCO, dict(keypoints=("nose",)), "number of keypoints is 1, that of the config 17"),
        (COCO, dict(keypoints=("x",) * 17), "list of keypoints is"),
        (LIP, dict(classes=("a",)), "number of classes is 1, that of the config 2"),
        (LIP, dict(classes=("a", "c")), "list of classes is .*'c'"),
        (LIP, dict(align_corners=True), "align_corners is True, that of the config False"),
    ],
)
def test_another_task_is_refused(path: str, changes: Any, message: str) -> None:
    model = loaded(path)
    bundle = bundle_of(model)
    bundle = replace(bundle, task=replace(bundle.task, **changes))
    with pytest.raises(UserError, match=message) as caught:
        check_fits(bundle, model, folder=FOLDER)
    assert "the bundle some/bundle does not fit" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(width=96), r"input size is \(96, 256\), that of the config \(192, 256\)"),
        (dict(mean=(0.0, 0.0, 0.0)), r"input's mean is \(0\.0, 0\.0, 0\.0\)"),
        (dict(std=(1.0, 1.0, 1.0)), "input's std is"),
        (dict(channel_order="bgr"), "input's channel_order is bgr, that of the config rgb"),
    ],
)
def test_another_input_is_refused(changes: Any, message: str) -> None:
    model = loaded(COCO)
    bundle = bundle_of(model)
    with pytest.raises(UserError, match=message):
        check_fits(replace(bundle, input=replace(bundle.input, **changes)), model, folder=FOLDER)


def test_another_stride_is_refused() -> None:
    model = loaded(COCO)
    bundle = bundle_of(model)
    outputs = (replace(bundle.outputs[0], stride=8),)
    with pytest.raises(UserError, match="stride of heatmaps is 8, that of the config 4"):
        check_fits(replace(bundle, outputs=outputs), model, folder=FOLDER)


@pytest.mark.parametrize(("path", "name"), [(LIP, "pose"), (COCO, "seg"), (FCOS, "cls")])
def test_a_bundle_of_another_task_is_refused(path: str, name: str) -> None:
    with pytest.raises(UserError, match=f"its task is {name}, that of the config"):
        check_fits(example_bundle(name), loaded(path), folder=FOLDER)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (det_task(TWO_STAGE), "kind of head is faster-rcnn, that of the config fcos"),
        (FeaturesTask(), "kind of head is other, that of the config fcos"),
        (det_task(replace(DENSE, strides=(8, 32))), r"head's strides is \(8, 32\)"),
    ],
)
def test_another_head_is_refused(task: Any, message: str, detector: LoadedModel) -> None:
    with pytest.raises(UserError, match=message):
        check_fits(det_bundle(detector, task), detector, folder=FOLDER)


def test_thresholds_are_those_of_the_config(detector: LoadedModel) -> None:
    task = det_task(replace(DENSE, score_threshold=0.5, nms_threshold=0.9))
    check_fits(det_bundle(detector, task), detector, folder=FOLDER)


def test_other_anchors_are_refused(detector: LoadedModel) -> None:
    other = replace(TWO_STAGE, box_coder=replace(CODER, legacy=True))
    model = replace(detector, network=TWO_STAGE)
    check_fits(det_bundle(model, det_task(TWO_STAGE)), model, folder=FOLDER)
    with pytest.raises(UserError, match=r"head's box_coder is .*legacy=True"):
        check_fits(det_bundle(model, det_task(other)), model, folder=FOLDER)
