"""On a GPU every tensor is where it belongs: seen without one, by tensors that have no content."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from hrnet_mm.models import HRNetBackbone
from tests.integration.test_tasks import SMALL, TASKS

DETECTORS = [name for name in TASKS if "CNN" in name or name == "FCOS"]
LOSSES = [name for name in TASKS if name not in DETECTORS]


def _on_fake_gpu(model: Any, mode: FakeTensorMode) -> Any:
    """Move a model, whose parameters and buffers then have a device and a shape, but no content."""
    for module in model.modules():
        for tensors in (module._parameters, module._buffers):
            for name, tensor in tensors.items():
                if tensor is not None:
                    fake = mode.from_tensor(tensor.detach()).to("cuda")
                    is_weight = isinstance(tensor, nn.Parameter)
                    tensors[name] = nn.Parameter(fake) if is_weight else fake
    if hasattr(model, "data_preprocessor"):
        model.data_preprocessor._device = torch.device("cuda")
    return model


def _built(task: str) -> tuple[Any, dict[str, list[Any]]]:
    cfg, samples = TASKS[task](*SMALL)
    model: Any = revert_sync_batchnorm(MODELS.build(cfg))
    return model, {key: [sample[key] for sample in samples] for key in ("inputs", "data_samples")}


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Sequence):
        return [tensor for part in value for tensor in _tensors(part)]
    return [value]


@pytest.mark.parametrize("task", LOSSES)
def test_losses(task: str) -> None:
    model, batch = _built(task)
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        model = _on_fake_gpu(model, mode)
        if hasattr(model, "head"):
            model.head.train_cfg = dict(compute_acc=False)  # which numpy computes
        losses = model(**model.data_preprocessor(batch, True), mode="loss")
        total, _ = model.parse_losses(losses)
    assert total.device.type == "cuda"
    assert total.shape == ()


@pytest.mark.parametrize("task", DETECTORS)
def test_detectors_to_the_dense_head(task: str) -> None:
    model, batch = _built(task)
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        model = _on_fake_gpu(model, mode)
        inputs = model.data_preprocessor(batch, True)["inputs"]
        head = getattr(model, "rpn_head", None) or model.bbox_head
        maps = _tensors(head(model.extract_feat(inputs)))
    assert {tensor.device.type for tensor in maps} == {"cuda"}


def test_a_tensor_on_the_wrong_device_is_seen() -> None:
    class Wrong(HRNetBackbone):
        def forward(self, x: Tensor) -> tuple[Tensor, ...]:
            return super().forward(x + torch.ones(3, 1, 1))

    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        net = _on_fake_gpu(Wrong("w18_small_v1"), mode)
        with pytest.raises(RuntimeError, match=r"two different devices|Unhandled FakeTensor"):
            net(torch.empty(1, 3, *SMALL, device="cuda"))
