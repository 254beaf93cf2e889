"""How a config uses its model, in the terms of a bundle; what has no words there is refused."""

from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from hrnet_mm.apis import bundle_tasks
from hrnet_mm.apis.bundle_tasks import config_size, input_of, task_of
from hrnet_mm.apis.configs import read_config
from hrnet_mm.apis.model import TASKS, LoadedModel, build_model
from hrnet_mm.deploy.tasks import ClsTask, PoseTask, Resize, SegTask, Window
from hrnet_mm.errors import UserError
from hrnet_mm.transforms import LandmarkBBox
from tests.conftest import REPOSITORY
from tests.zoo.configs import leaves

COCO = "pose/coco/mmpose/td-hm_hrnet-w32_udp-regress-8xb64-210e_coco-256x192.py"
CONTEXT = "seg/pascal_context/mmseg/fcn_hr48_4xb4-80k_pascal-context-480x480.py"
IMAGENET = "cls/imagenet/mmpretrain/hrnet-w18_4xb32_in1k.py"
FCOS = "det/coco/mmdet/fcos_hrnetv2p-w18-gn-head_4xb4-1x_coco.py"
COFW = "pose/cofw/official/td-hm_hrnetv2-w18_1xb16-60e_cofw-256x256.py"
LIP = "seg/lip/official/fcn_hr48_4xb10-114k_lip-473x473.py"
POSE_META = dict(
    keypoint_id2name={i: f"k{i}" for i in range(17)},
    flip_indices=range(17),
    skeleton_links=[(0, 1)],
    skeleton_link_colors=[[0, 255, 0]],
    keypoint_colors=[[0, 0, 255]] * 17,
    sigmas=[0.1] * 17,
)


def loaded(path: str, **options: Any) -> LoadedModel:
    """Read a config, with a stand-in for its model."""
    cfg = read_config(str(REPOSITORY / "configs" / path), options)
    task = TASKS[cfg.default_scope]
    meta = POSE_META if task == "pose" else dict(classes=["a", "b"], reduce_zero_label=False)
    network = SimpleNamespace(align_corners=False, out_channels=2, head=HeatmapHead())
    return LoadedModel(network=network, cfg=cfg, meta=meta, task=task)


class HeatmapHead:
    """Has the name that is asked for."""


def test_pose() -> None:
    model = loaded(COCO)
    task = task_of(model, size=None)
    assert isinstance(task, PoseTask)
    assert (task.padding, task.use_udp) == (1.25, True)
    assert (task.codec.name, task.codec.heatmap_type) == ("UDPHeatmap", "combined")
    assert task.flip_test is not None
    assert (task.flip_test.mode, task.flip_test.shift) == ("udp_combined", False)
    assert task.links == ((0, 1),)
    assert task.link_colors == ((0, 255, 0),)
    assert config_size(model) == (192, 256)


def test_windows_have_width_and_height() -> None:
    window = {"model.test_cfg": dict(mode="slide", crop_size=(480, 520), stride=(320, 340))}
    task = task_of(loaded(CONTEXT, **window), size=None)
    assert isinstance(task, SegTask)
    assert task.window == Window(size=(520, 480), stride=(340, 320))
    assert task.resizes == (Resize(scale=(520, 520), keep_ratio=True),)
    with pytest.raises(UserError, match="looks through windows of 520 480"):
        task_of(loaded(CONTEXT, **window), size=(480, 480))


def test_segmentation_of_another_size() -> None:
    task = task_of(loaded(LIP), size=(320, 240))
    assert isinstance(task, SegTask)
    assert task.resizes == (Resize(scale=(320, 240), keep_ratio=False),)
    assert task.window is None


@pytest.mark.parametrize(
    ("size", "edge", "crop"),
    [
        (None, 256, (224, 224)),
        ((224, 224), 256, (224, 224)),
        ((112, 112), 128, (112, 112)),
        ((192, 256), 293, (192, 256)),
        ((256, 192), 293, (256, 192)),
    ],
)
def test_classification(size: Any, edge: int, crop: Any) -> None:
    model = loaded(IMAGENET)
    assert config_size(model) == (224, 224)
    assert task_of(model, size=size) == ClsTask(
        short_edge=edge, backend="pillow", crop=crop, classes=("a", "b")
    )


FASTER_RCNN = "det/coco/mmdet/faster-rcnn_hrnetv2p-w18-1x_coco.py"


@pytest.mark.parametrize(("path", "key"), [(FCOS, ""), (FASTER_RCNN, "rpn.")])
def test_a_least_size_of_boxes_is_refused(
    path: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_tasks, "head_of", lambda _: object())
    task_of(loaded(path), size=None)
    model = loaded(path, **{f"model.test_cfg.{key}min_bbox_size": 8})
    with pytest.raises(UserError, match="no bundle has the min_bbox_size=8 of the test_cfg: use 0"):
        task_of(model, size=None)


@pytest.mark.parametrize(
    ("path", "order", "divisor"), [(FCOS, "bgr", 32), (COCO, "rgb", 1), (IMAGENET, "rgb", 1)]
)
def test_inputs(path: str, order: str, divisor: int) -> None:
    described = input_of(loaded(path), size=(64, 32), half=True)
    assert (described.width, described.height, described.batch) == (64, 32, None)
    assert (described.channel_order, described.divisor) == (order, divisor)
    assert described.mean[0] == (103.53 if order == "bgr" else 123.675)
    assert described.dtype == "float16"


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        (LIP, dict(type="Resize", scale_factor=2.0), "Resize with scale_factor: no bundle has"),
        (LIP, dict(type="RandomFlip", prob=0.5), "has RandomFlip: no bundle has this"),
        (IMAGENET, dict(type="ResizeEdge", scale=9, edge="long"), "no bundle has the edge 'long'"),
    ],
)
def test_steps_without_words_are_refused(path: str, options: Any, message: str) -> None:
    model = loaded(path)
    pipeline = model.cfg.test_dataloader.dataset.pipeline
    model.cfg.test_dataloader.dataset.pipeline = [pipeline[0], options, pipeline[-1]]
    with pytest.raises(UserError, match=message):
        task_of(model, size=None)


@pytest.mark.parametrize(
    ("path", "option", "message"),
    [
        (LIP, dict(color_type="grayscale"), "LoadImageFromFile with color_type='grayscale': no"),
        (COCO, dict(to_float32=True), "LoadImage with to_float32=True: no bundle has this"),
        (IMAGENET, dict(imdecode_backend="pillow"), "with imdecode_backend='pillow': no bundle"),
        (FCOS, dict(color_type="color", to_float32=False, imdecode_backend="cv2"), None),
    ],
)
def test_images_that_are_read_in_another_way_are_refused(
    path: str, option: Any, message: str | None
) -> None:
    model = loaded(path)
    model.cfg.test_dataloader.dataset.pipeline[0].update(option)
    with nullcontext() if message is None else pytest.raises(UserError, match=message):
        task_of(model, size=None)


@pytest.mark.parametrize("kind", ["nothing", "concat"])
def test_a_config_without_a_pipeline_is_refused(kind: str) -> None:
    model = loaded(IMAGENET)
    if kind == "nothing":
        model.cfg.test_dataloader = None
        found = "images;"
    else:
        model.cfg.test_dataloader.dataset = dict(type="ConcatDataset", datasets=[])
        found = "images, only the ConcatDataset;"
    message = f"has no test_dataloader.dataset with a pipeline, which prepares {found}"
    for use in (lambda: task_of(model, size=None), lambda: config_size(model)):
        with pytest.raises(UserError, match=message):
            use()


@pytest.mark.parametrize(
    "step",
    [
        dict(type="hrnet_mm.LandmarkBBox"),
        dict(type=LandmarkBBox),
        dict(type="mmpose.LoadAnnotations"),
        dict(type="RandomFlip", prob=0.0),
    ],
    ids=str,
)
def test_steps_without_effect_are_left_out(step: Any) -> None:
    model = loaded(COCO)
    expected = task_of(model, size=None)
    pipeline = model.cfg.test_dataloader.dataset.pipeline
    model.cfg.test_dataloader.dataset.pipeline = [pipeline[0], step, *pipeline[1:]]
    assert task_of(model, size=None) == expected


def test_the_faces_of_cofw_have_words() -> None:
    assert isinstance(task_of(loaded(COFW), size=None), PoseTask)


def test_one_channel_for_two_classes_is_refused() -> None:
    model = loaded(LIP)
    model.network.out_channels = 1
    with pytest.raises(UserError, match="no bundle has the one output channel"):
        task_of(model, size=None)


def test_images_that_are_padded_to_a_size_are_refused() -> None:
    options = {"model.data_preprocessor.test_cfg": dict(size=(512, 512))}
    with pytest.raises(UserError, match="cannot describe the data_preprocessor"):
        input_of(loaded(LIP, **options), size=None, half=False)


@pytest.mark.slow
def test_nearly_all_configs_have_words() -> None:
    refused = Counter()
    for path in leaves():
        model = loaded(path)
        if model.task == "det":
            model = replace(model, network=build_model(model.cfg))
        try:
            task_of(model, size=None)
            input_of(model, size=None, half=False)
        except UserError as error:
            refused[str(error).partition(" of ")[0]] += 1
    assert sum(refused.values()) == 1, refused  # a bottom-up model
