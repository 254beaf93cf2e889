"""Every task's model, as the shipped configs have it, trains on and predicts any size."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import MODELS, init_default_scope
from mmengine.structures import PixelData
from torch import nn

from tests.conftest import REPOSITORY

CONFIGS = REPOSITORY / "configs"
CHANNELS = (16, 32, 64, 128)
CLASSES = 5
SMALL, LARGE = (97, 65), (473, 473)
BATCH = 2

Make = Callable[[int, int], tuple[Any, list[Any]]]


def small_model(name: str) -> Any:
    """Read a model from a config, at the smallest width and not pretrained."""
    cfg: Any = Config.fromfile(CONFIGS / name)
    model = cfg.model
    model.backbone.arch = "w18_small_v1"
    model.backbone.init_cfg = None
    if "neck" in model:
        model.neck.in_channels = CHANNELS
    if "data_preprocessor" in cfg:
        model.data_preprocessor = cfg.data_preprocessor
    return model


def pose(height: int, width: int, *, name: str, in_channels: int) -> tuple[Any, list[Any]]:
    """Make a model for 17 keypoints and the crop of a person, through mmpose's pipeline."""
    from mmcv.transforms import Compose
    from mmpose.registry import TRANSFORMS

    init_default_scope("mmpose")
    codec = dict(
        type="MSRAHeatmap",
        input_size=(width, height),
        heatmap_size=(-(-width // 4), -(-height // 4)),
        sigma=2,
    )
    model = small_model(name)
    model.head.update(in_channels=in_channels, out_channels=17, decoder=codec)
    steps = [
        dict(type="GetBBoxCenterScale"),
        dict(type="TopdownAffine", input_size=codec["input_size"]),
        dict(type="GenerateTarget", encoder=codec),
        dict(type="PackPoseInputs"),
    ]
    pipeline = Compose([TRANSFORMS.build(step) for step in steps])
    generator = np.random.default_rng(0)

    def sample() -> Any:
        return pipeline(
            dict(
                img=generator.integers(0, 255, (200, 160, 3), np.uint8),
                img_shape=(200, 160),
                ori_shape=(200, 160),
                bbox=np.array([[10, 10, 150, 190]], np.float32),
                bbox_score=np.ones(1, np.float32),
                keypoints=generator.uniform(20, 140, (1, 17, 2)).astype(np.float32),
                keypoints_visible=np.ones((1, 17), np.float32),
                flip_indices=list(range(17)),
            )
        )

    return model, [sample() for _ in range(BATCH)]


def segmentation(height: int, width: int, *, name: str) -> tuple[Any, list[Any]]:
    from mmseg.structures import SegDataSample

    init_default_scope("mmseg")
    model = small_model(name)
    model.data_preprocessor.size = (height, width)
    heads = model.decode_head if isinstance(model.decode_head, list) else [model.decode_head]
    for head in heads:
        head.update(in_channels=sum(CHANNELS), num_classes=CLASSES)
    heads[0].channels = sum(CHANNELS)

    def sample() -> Any:
        shape = (height, width)
        meta = dict(img_shape=shape, ori_shape=shape, pad_shape=shape, padding_size=[0] * 4)
        labels = torch.randint(0, CLASSES, (1, height, width))
        return SegDataSample(gt_sem_seg=PixelData(data=labels), metainfo=meta)

    return model, [dict(inputs=image(height, width), data_samples=sample()) for _ in range(BATCH)]


def detection(height: int, width: int, *, name: str) -> tuple[Any, list[Any]]:
    from mmdet.structures import DetDataSample
    from mmdet.structures.mask import BitmapMasks
    from mmengine.structures import InstanceData

    init_default_scope("mmdet")
    model = small_model(f"_base_/models/det/{name}")
    head = model.get("bbox_head") or model.roi_head.bbox_head
    for part in head if isinstance(head, list) else [head]:
        part.num_classes = CLASSES
    if "roi_head" in model and "mask_head" in model.roi_head:
        model.roi_head.mask_head.num_classes = CLASSES

    def sample() -> Any:
        boxes = torch.tensor([[4.0, 6.0, 40.0, 50.0], [20.0, 10.0, 60.0, 90.0]])
        masks = np.zeros((2, height, width), np.uint8)
        for mask, (left, top, right, bottom) in zip(masks, boxes.int().tolist(), strict=True):
            mask[top:bottom, left:right] = 1
        truth = InstanceData(
            bboxes=boxes,
            labels=torch.tensor([0, CLASSES - 1]),
            masks=BitmapMasks(masks, height, width),
        )
        shape = (height, width)
        meta = dict(img_id=0, img_shape=shape, ori_shape=shape, scale_factor=(1.0, 1.0))
        return DetDataSample(gt_instances=truth, metainfo=meta)

    return model, [dict(inputs=image(height, width), data_samples=sample()) for _ in range(BATCH)]


def classification(height: int, width: int) -> tuple[Any, list[Any]]:
    from mmpretrain.structures import DataSample

    init_default_scope("mmpretrain")
    model = small_model("_base_/models/cls/hrnet.py")
    model.neck = [
        dict(type="HRNetClsNeck", in_channels=CHANNELS),
        dict(type="GlobalAveragePooling"),
    ]
    model.head.num_classes = CLASSES
    samples = [DataSample().set_gt_label(label) for label in range(BATCH)]
    return model, [dict(inputs=image(height, width), data_samples=s) for s in samples]


def image(height: int, width: int) -> torch.Tensor:
    return torch.randint(0, 255, (3, height, width), dtype=torch.uint8)


TASKS: dict[str, Make] = {
    "HRNetV1 pose": lambda h, w: pose(
        h, w, name="_base_/models/pose/td-hm_hrnet.py", in_channels=CHANNELS[0]
    ),
    "HRNetV2 landmarks": lambda h, w: pose(
        h, w, name="_base_/models/pose/td-hm_hrnetv2.py", in_channels=sum(CHANNELS)
    ),
    "HRNetV2 segmentation": lambda h, w: segmentation(
        h, w, name="_base_/models/seg/fcn_hrnetv2.py"
    ),
    "HRNet-OCR": lambda h, w: segmentation(
        h, w, name="seg/cityscapes/mmseg/ocrnet_hr18s_4xb2-160k_cityscapes-512x1024.py"
    ),
    "Faster R-CNN": lambda h, w: detection(h, w, name="faster-rcnn_hrnetv2p_mmdet.py"),
    "Faster R-CNN, small": lambda h, w: detection(h, w, name="faster-rcnn_hrnetv2p_small.py"),
    "Mask R-CNN": lambda h, w: detection(h, w, name="mask-rcnn_hrnetv2p_mmdet.py"),
    "Cascade R-CNN": lambda h, w: detection(h, w, name="cascade-rcnn_hrnetv2p_mmdet.py"),
    "FCOS": lambda h, w: detection(h, w, name="fcos_hrnetv2p_mmdet.py"),
    "classification": classification,
}


def check(make: Make, size: tuple[int, int], *, device: str) -> None:
    """Compute losses, gradients and predictions of one batch."""
    cfg, samples = make(*size)
    model: Any = revert_sync_batchnorm(MODELS.build(cfg)).to(device)
    model.init_weights()
    batch = {key: [sample[key] for sample in samples] for key in ("inputs", "data_samples")}
    losses = model(**model.data_preprocessor(batch, True), mode="loss")
    total, _ = model.parse_losses(losses)
    assert total.isfinite()
    total.backward()
    assert_trained(model)

    model.eval()
    with torch.no_grad():
        model(**model.data_preprocessor(batch, False), mode="tensor")
        predictions = model.val_step(batch)
    assert len(predictions) == BATCH
    for sample in predictions:
        check_prediction(sample, size)


def assert_trained(model: nn.Module) -> None:
    """Every parameter has a gradient, so that DDP needs no search for unused ones."""
    missing = [name for name, p in model.named_parameters() if p.grad is None]
    assert missing == []
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)


def check_prediction(sample: Any, size: tuple[int, int]) -> None:
    if "pred_sem_seg" in sample:
        assert sample.pred_sem_seg.data.shape == (1, *size)
        assert sample.pred_sem_seg.data.max() < CLASSES
    elif "pred_score" in sample:
        assert sample.pred_score.sum().item() == pytest.approx(1, abs=1e-5)
    elif "keypoints" in sample.pred_instances:
        assert sample.pred_instances.keypoints.shape == (1, 17, 2)
        assert np.isfinite(sample.pred_instances.keypoints).all()
    else:
        boxes = sample.pred_instances.bboxes
        height, width = size
        assert boxes.shape[1] == 4
        assert (boxes >= 0).all()
        assert (boxes <= boxes.new_tensor([width, height, width, height])).all()
        if "masks" in sample.pred_instances:
            assert sample.pred_instances.masks.shape == (len(boxes), *size)


@pytest.mark.parametrize("task", TASKS)
def test_small_odd_size(task: str) -> None:
    check(TASKS[task], SMALL, device="cpu")


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_large_odd_size(task: str) -> None:
    check(TASKS[task], LARGE, device="cpu")


@pytest.mark.gpu
@pytest.mark.parametrize("task", TASKS)
def test_on_gpu(task: str) -> None:
    check(TASKS[task], SMALL, device="cuda")
