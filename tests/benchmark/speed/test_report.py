"""The forms of a table."""

import json

import pytest

from hrnet_mm.benchmark.speed.measuring import BenchmarkOptions, Measured, Speeds
from hrnet_mm.benchmark.speed.report import json_speeds, markdown_speeds, print_speeds
from hrnet_mm.benchmark.speed.rows import Row
from hrnet_mm.errors import UserError

HEAD = {"CPU": "a processor"}
TABLE = Speeds(
    config="td-hm_hrnet-w32",
    model="TopdownPoseEstimator",
    arch="w32",
    size=(192, 256),
    batch=2,
    device="cpu",
    train=False,
    rows=[
        Measured(
            row=Row(runtime="stock", precision="fp32"), times=[0.2] * 6, memory=2**21, error=0.0
        ),
        Measured(row=Row(runtime="openvino", precision="fp32"), times=[0.1] * 6, error=1e-6),
        Measured(row=Row(runtime="ncnn", precision="fp32"), remark="pip install ncnn"),
    ],
)


def test_markdown_has_times_ratios_missing_rows_and_published_rates() -> None:
    text = markdown_speeds(HEAD, [TABLE])
    assert "- CPU: a processor\n" in text
    assert (
        "| stock | fp32 | 200.0 | 200.0 | 10.00 | 1.00 | 1.00 to 1.00 | 2 | 0.0e+00 |  |\n" in text
    )
    assert (
        "| openvino | fp32 | 100.0 | 100.0 | 20.00 | 2.00 | 2.00 to 2.00 |  | 1.0e-06 |  |" in text
    )
    assert "| ncnn | fp32 |  |  |  |  |  |  |  | pip install ncnn |" in text
    assert "| 2.73 | fp32, batch 1, torch 1.10 | Intel i7-8700 |" in text
    assert "10.00 (stock fp32)" in text


def test_json_has_each_time() -> None:
    (model,) = json.loads(json_speeds(HEAD, [TABLE]))["models"]
    stock, openvino, ncnn = model["rows"]
    assert stock["times_ms"] == [200.0] * 6
    assert openvino["ratio"] == dict(median=2.0, low=2.0, high=2.0)
    assert ncnn == dict(runtime="ncnn", precision="fp32", missing="pip install ncnn")
    assert model["published"][0]["rate"] == 2.73


def test_terminal_has_the_head_and_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    print_speeds(HEAD, [TABLE])
    text = capsys.readouterr().out
    assert "CPU: a processor" in text
    assert "openvino" in text
    assert "x stock" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(batch=0), "--batch 0"),
        (dict(rounds=5), "--rounds 5: give 6 or more"),
    ],
)
def test_numbers_that_cannot_be_are_refused(options: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        BenchmarkOptions(**options).check()
