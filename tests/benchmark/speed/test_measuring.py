"""Real measurements of a narrow network."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from hrnet_mm.benchmark.speed import exported, measuring
from hrnet_mm.benchmark.speed.inference import RUNTIMES
from hrnet_mm.benchmark.speed.measuring import BenchmarkOptions, measure
from hrnet_mm.benchmark.speed.rows import Row
from hrnet_mm.benchmark.speed.stock import stock_config
from hrnet_mm.benchmark.speed.subject import Subject, draw_weights, our_model, part_of, stock_model
from hrnet_mm.errors import UserError

ROOT = Path(__file__).parents[3]
TOYS = {
    kind: next((ROOT / "configs/toy").glob(f"{kind}_*small-v1_toy-*.py"))
    for kind in ("pose", "seg", "det", "cls")
}


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(measuring, "usable_cpus", lambda: 1)  # others wait for one that is busy
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def subject(kind: str, folder: Path, **options: Any) -> Subject:
    config = str(TOYS[kind])
    return Subject(config=config, device="cpu", batch=1, threads=1, folder=folder, **options)


@pytest.mark.parametrize("kind", ["pose", "seg", "cls"])
def test_stock_is_the_toolbox_s_and_gives_the_same(kind: str, tmp_path: Path) -> None:
    measured = subject(kind, tmp_path, input_size=(64, 64))
    draw_weights(measured)
    ours, stock = our_model(measured), stock_model(measured)
    assert type(stock.backbone).__module__.startswith(("mmpose", "mmseg", "mmpretrain"))
    outputs = [
        part_of(model, measured.cfg()).compute(model, measured.images()) for model in (ours, stock)
    ]
    for a, b in zip(*outputs, strict=True):
        assert a.abs().max() > 0
        torch.testing.assert_close(a, b, rtol=0, atol=1e-5 * float(b.abs().max()))


def test_what_the_toolbox_s_hrnet_cannot_do_is_refused(tmp_path: Path) -> None:
    cfg = subject("cls", tmp_path).cfg()
    cfg.model.backbone.upsample = "bilinear"
    with pytest.raises(UserError, match="mmpretrain's HRNet has no upsample='bilinear'"):
        stock_config(cfg)


def test_a_missing_runtime_is_a_row_that_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measuring, "peak_on_cpu", lambda *_: None)
    monkeypatch.setitem(sys.modules, "ncnn", None)
    options = BenchmarkOptions(
        runtimes=["ncnn", "folded"],
        precisions=["fp32"],
        device="cpu",
        rounds=6,
        input_size=(64, 64),
    )
    stock, folded, ncnn = measure(str(TOYS["pose"]), options).rows
    assert ncnn.remark.startswith("pip install ncnn pnnx")
    assert not ncnn.times
    assert len(stock.times) == len(folded.times) == 6
    assert stock.error == 0
    assert folded.error is not None
    assert 0 < folded.error < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*TOYS])
def test_steps_of_training_have_the_losses_of_the_toolbox(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "peak_on_cpu", lambda *_: None)
    options = BenchmarkOptions(
        runtimes=["ours", "with_cp"],  # to compile takes a minute
        precisions=["fp32"],
        batch=2,
        device="cpu",
        train=True,
        rounds=6,
        # The toy classifier's config does not tell it.
        input_size=(64, 64) if kind == "cls" else None,
    )
    rows = measure(str(TOYS[kind]), options).rows
    found = {row.row.runtime for row in rows if row.times}
    # The toy detector's neck has norms, which mmdet's has not.
    assert found == {"ours", "with_cp"} | (set() if kind == "det" else {"stock"})
    assert all(row.error is not None and row.error < 1e-4 for row in rows if row.times)


@pytest.mark.parametrize(
    ("kind", "size", "message"),
    [("cls", None, "give --input-size WIDTH HEIGHT"), ("pose", (64, 64), "--input-size: targets")],
)
def test_a_size_that_is_missing_or_in_vain_is_an_error(
    kind: str, size: tuple[int, int] | None, message: str
) -> None:
    options = BenchmarkOptions(train=True, device="cpu", rounds=6, input_size=size)
    with pytest.raises(UserError, match=message):
        measure(str(TOYS[kind]), options)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is that of Linux")
def test_memory_is_that_of_a_process_of_its_own() -> None:
    options = BenchmarkOptions(
        runtimes=["onnxruntime"], precisions=["fp32"], device="cpu", rounds=6, input_size=(64, 64)
    )
    rows = measure(str(TOYS["pose"]), options).rows
    assert len(rows) == 2
    assert all(row.memory is not None and row.memory > 2**20 for row in rows)


@pytest.mark.slow
def test_exported_graphs_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "peak_on_cpu", lambda *_: None)
    names = ["timm", "onnxruntime", "openvino"]
    options = BenchmarkOptions(
        runtimes=names,
        precisions=["fp32", "int8"],
        device="cpu",
        rounds=6,
        input_size=(64, 64),
    )
    rows = {row.row: row for row in measure(str(TOYS["pose"]), options).rows}
    fp32 = [Row(runtime=name, precision="fp32") for name in ("stock", *names)]
    int8 = [Row(runtime=name, precision="int8") for name in names[1:]]
    assert [*rows] == fp32 + int8
    errors = {row: measured.error for row, measured in rows.items()}
    assert all(error is not None for error in errors.values())
    assert all((errors[row] or 0) < 1e-5 for row in fp32)
    assert all(1e-4 < (errors[row] or 0) < 0.5 for row in int8)


@pytest.mark.parametrize(
    ("name", "precision", "module"),
    [
        ("openvino", "int8", "nncf"),
        ("openvino", "fp32", "openvino"),
        ("onnxruntime", "int8", "onnxscript"),
    ],
)
def test_a_missing_library_of_a_graph_is_named(
    name: str, precision: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(asked: str) -> Any:
        return None if asked == module else find_spec(asked)

    monkeypatch.setattr(exported, "find_spec", find)
    row = Row(runtime=name, precision=precision)
    with pytest.raises(UserError, match=f"^pip install {module}$"):
        RUNTIMES[name].prepare(row, subject("pose", Path()))
