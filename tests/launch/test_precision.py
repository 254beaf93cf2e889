"""Mixed precision by what the device has."""

from typing import Any

import pytest
import torch
from mmengine.config import Config

from hrnet_mm.launch import precision
from hrnet_mm.launch.precision import cpu_gains_by_bfloat16, cpu_has_bfloat16, use_mixed_precision


def _wrapper(monkeypatch: pytest.MonkeyPatch, *, device: str, has: bool, **given: Any) -> Any:
    """Return the config's wrapper, and None where the training stays in float32."""
    monkeypatch.setattr(precision, "get_device", lambda: device)
    monkeypatch.setattr(precision, "cpu_gains_by_bfloat16", lambda: has)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: has)
    cfg = Config(dict(optim_wrapper=dict(type="OptimWrapper", **given)))
    return cfg.optim_wrapper if use_mixed_precision(cfg) else None


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_bfloat16_needs_no_loss_scale(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper = _wrapper(monkeypatch, device=device, has=True)
    assert wrapper == dict(type="AmpOptimWrapper", dtype="bfloat16", loss_scale=1.0)


def test_without_bfloat16_a_gpu_trains_in_float16(monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper = _wrapper(monkeypatch, device="cuda", has=False)
    assert wrapper == dict(type="AmpOptimWrapper", dtype="float16", loss_scale="dynamic")


def test_without_bfloat16_a_cpu_trains_in_float32_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _wrapper(monkeypatch, device="cpu", has=False) is None
    assert "nothing would be gained" in capsys.readouterr().out


def test_what_the_config_says_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper = _wrapper(monkeypatch, device="cuda", has=True, dtype="float16", loss_scale=512.0)
    assert wrapper == dict(type="AmpOptimWrapper", dtype="float16", loss_scale=512.0)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (dict(avx2=True, cpu_name="bf16"), False),
        (dict(avx512_bf16=False, amx_bf16=False), False),
        (dict(avx512_bf16=True), True),
        (dict(amx_bf16=True), True),
    ],
)
def test_instructions_of_the_cpu(
    found: dict[str, Any], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found)
    assert cpu_has_bfloat16() is expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (dict(cpu_name="AMD Zen 4", avx512_bf16=True), True),
        (dict(avx512_bf16=True), True),
        (dict(cpu_name="Intel Xeon", avx512_bf16=True, amx_bf16=False), False),
        (dict(cpu_name="Intel Xeon", avx512_bf16=True, amx_bf16=True), True),
        (dict(cpu_name="Intel Core"), False),
    ],
)
def test_intels_gain_with_amx_alone(
    found: dict[str, Any], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found)
    assert cpu_gains_by_bfloat16() is expected
