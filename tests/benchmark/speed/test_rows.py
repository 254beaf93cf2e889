"""Which rows a table has."""

import re

import pytest

from hrnet_mm.benchmark.speed.inference import RUNTIMES
from hrnet_mm.benchmark.speed.rows import Row, choose_rows
from hrnet_mm.errors import UserError


def test_the_toolbox_comes_first_whatever_is_chosen() -> None:
    rows = choose_rows(RUNTIMES, device="cpu", names=["openvino"], precisions=["bf16"])
    assert rows == [
        Row(runtime="stock", precision="fp32"),
        Row(runtime="openvino", precision="bf16"),
    ]


def test_a_runtime_in_a_precision_that_it_has_not_is_refused() -> None:
    with pytest.raises(UserError, match=r"--runtime ncnn --precision fp16; there are stock fp32"):
        choose_rows(RUNTIMES, device="cpu", names=["ncnn"], precisions=["fp16"])


def test_a_cpu_has_int8_unless_it_is_told_otherwise() -> None:
    rows = choose_rows(RUNTIMES, device="cpu", names=None, precisions=None)
    assert [row.runtime for row in rows if row.precision == "int8"] == ["onnxruntime", "openvino"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(names=["tensorrt"], precisions=None), "--runtime tensorrt: choose from stock, eager"),
        (dict(names=None, precisions=["fp8"]), "--precision fp8: choose from fp32, bf16, fp16, in"),
    ],
)
def test_unknown_names_list_the_choices(options: dict, message: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        choose_rows(RUNTIMES, device="cpu", **options)
