"""mmpose.utils.tensor_utils.to_numpy takes bfloat16, and everything else as before."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from mmpose.models.heads.heatmap_heads import heatmap_head
from mmpose.utils import tensor_utils

from hrnet_mm.compat.bfloat16_arrays import REPAIR
from tests.tiny_runner import run_python


def test_bfloat16_becomes_float32() -> None:
    x = torch.tensor([[0.5, -2.0]], dtype=torch.bfloat16, requires_grad=True)
    array, device = tensor_utils.to_numpy(x, return_device=True)
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, [[0.5, -2.0]])
    assert device == torch.device("cpu")
    assert heatmap_head.to_numpy is tensor_utils.to_numpy


def test_sequences_and_other_types_are_as_before() -> None:
    to_numpy: Any = tensor_utils.to_numpy
    a, b = torch.arange(3), torch.ones(2, dtype=torch.bfloat16)
    arrays = to_numpy([a, b])
    assert [array.dtype for array in arrays] == [np.int64, np.float32]
    given = np.arange(3)
    assert to_numpy(given) is given
    with pytest.raises(ValueError, match="Invalid input type"):
        to_numpy("text")


def test_stock_mmpose_refuses_bfloat16() -> None:
    done = run_python(
        "import torch, importlib.util, sys\n"
        "path = importlib.util.find_spec('mmpose').submodule_search_locations[0]\n"
        "spec = importlib.util.spec_from_file_location('t', path + '/utils/tensor_utils.py')\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "module.to_numpy(torch.zeros(1, dtype=torch.bfloat16))"
    )
    assert "unsupported ScalarType BFloat16" in done.stderr


def test_stands_aside_where_bfloat16_is_taken() -> None:
    module = ModuleType("tensor_utils")
    vars(module)["to_numpy"] = lambda x: x.float().numpy()
    assert not REPAIR.is_needed(module)
