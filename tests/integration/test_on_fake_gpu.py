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
    return model


def _built(task: str) -> tuple[Any, dict[str, Any]]:
    """Build a model and a batch on the CPU, where the size of padding is computed from content."""
    cfg, samples = TASKS[task](*SMALL)
    model: Any = revert_sync_batchnorm(MODELS.build(cfg))
    batch = {key: [sample[key] for sample in samples] for key in ("inputs", "data_samples")}
    return model, model.data_preprocessor(batch, True)


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Sequence):
        return [tensor for part in value for tensor in _tensors(part)]
    return [value]


@pytest.mark.parametrize("task", LOSSES)
def test_losses(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, batch = _built(task)
    # Accuracies are computed from content.
    monkeypatch.setattr(
        "mmseg.models.decode_heads.decode_head.accuracy", lambda *_, **__: torch.empty(1)
    )
    if hasattr(model, "head"):
        model.train_cfg = dict(compute_acc=False)
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        model = _on_fake_gpu(model, mode)
        samples = [sample.to("cuda") for sample in batch["data_samples"]]
        losses = model(batch["inputs"].to("cuda"), samples, mode="loss")
        total, _ = model.parse_losses(losses)
    assert total.device.type == "cuda"
    assert total.shape == ()


@pytest.mark.parametrize("task", DETECTORS)
def test_detectors_to_the_dense_head(task: str) -> None:
    model, batch = _built(task)
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        model = _on_fake_gpu(model, mode)
        head = model.rpn_head if hasattr(model, "rpn_head") else model.bbox_head
        maps = _tensors(head(model.extract_feat(batch["inputs"].to("cuda"))))
    assert {tensor.device.type for tensor in maps} == {"cuda"}


def test_a_tensor_on_the_wrong_device_is_seen() -> None:
    class Wrong(HRNetBackbone):
        def forward(self, x: Tensor) -> tuple[Tensor, ...]:
            return super().forward(x + torch.ones(3, 1, 1))

    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        net = _on_fake_gpu(Wrong("w18_small_v1"), mode)
        with pytest.raises(RuntimeError, match=r"two different devices|Unhandled FakeTensor"):
            net(torch.empty(1, 3, *SMALL, device="cuda"))
