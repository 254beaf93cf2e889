"""An HRNet is found whatever wraps it, and refused with a reason where there is none."""

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from hrnet_mm.checkpoint.convert import to_canonical
from hrnet_mm.checkpoint.recognise import find_weights, recognise
from hrnet_mm.errors import CheckpointError
from hrnet_mm.models import ARCHS, HRNetBackbone
from tests.checkpoint.models import TINY
from tests.checkpoint.official import OFFICIAL, official_file

NESTS: list[tuple[str, ...]] = [
    (),
    ("state_dict",),
    ("model",),
    ("model", "state_dict"),
    ("state_dict_ema",),
    ("net",),
]


def tiny_file(task: str) -> dict[str, Tensor]:
    weights, _ = official_file(OFFICIAL[task], arch=TINY, outputs=3)  # type: ignore
    return weights


@pytest.mark.parametrize("arch", ARCHS)
def test_architecture_is_read_from_shapes(arch: str) -> None:
    with torch.device("meta"):
        weights = HRNetBackbone(arch, out_indices=(0, 2)).state_dict()
    found = recognise(weights)
    assert (found.arch_name, found.out_indices) == (arch, (0, 2))
    assert found.layout.name == "backbone"


def test_architecture_of_no_name() -> None:
    found = recognise(HRNetBackbone(TINY).state_dict())
    assert found.arch == TINY
    assert found.arch_name == "custom architecture"


PREFIXES = st.lists(
    st.sampled_from(["module", "model", "net", "student", "encoder", "x"]), max_size=3
).map(lambda parts: "".join(f"{part}." for part in parts))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    task=st.sampled_from(sorted(OFFICIAL)),
    prefix=PREFIXES,
    nest=st.sampled_from(NESTS),
    counted=st.booleans(),
    dtype=st.sampled_from([torch.float32, torch.float16, torch.bfloat16]),
    extra=st.dictionaries(
        st.sampled_from(["loss.criterion.weight", "ema.decay", "n_averaged", "zz"]),
        st.just(torch.ones(3)),
    ),
)
def test_any_wrapper_gives_the_same_weights(
    *,
    task: str,
    prefix: str,
    nest: tuple[str, ...],
    counted: bool,
    dtype: torch.dtype,
    extra: dict[str, Tensor],
) -> None:
    weights = tiny_file(task)
    stored = {
        prefix + name: weight.to(dtype) if weight.is_floating_point() else weight
        for name, weight in weights.items()
        if counted or not name.endswith("num_batches_tracked")
    }
    content: Any = stored | {f"outside.{name}": weight for name, weight in extra.items()}
    for key in reversed(nest):
        content = {key: content, "epoch": 3}
    found = recognise(find_weights(content))
    assert found.arch == TINY
    canonical = to_canonical(found)
    expected = to_canonical(
        recognise({n: w.to(dtype) if w.is_floating_point() else w for n, w in weights.items()})
    )
    assert found.layout == recognise(weights).layout
    unplaced = {f"outside.{name}" for name in extra}  # beside a model that is not wrapped, kept
    assert unplaced <= {*canonical.dropped, *canonical.weights}
    assert canonical.weights.keys() - unplaced == expected.weights.keys()
    abn = found.layout.inplace_abn and not counted
    for name, wanted in expected.weights.items():
        weight = canonical.weights[name]
        if name.endswith("num_batches_tracked"):
            assert weight == (wanted if counted else 0)
        else:  # positive scales of InPlaceABN differ from plain ones by its epsilon
            torch.testing.assert_close(weight, wanted, rtol=0, atol=1.1e-5 if abn else 0)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([1, 2], "no weights but an object of the type list"),
        ({}, "no weights but the keys []"),
        ({"state_dict": {"epoch": 3}}, "no weights but the keys ['epoch']"),
        ({"fc.weight": torch.ones(2)}, "no HRNet but the keys ['fc.weight']"),
    ],
    ids=str,
)
def test_a_file_without_an_hrnet_is_refused(content: Any, text: str) -> None:
    with pytest.raises(CheckpointError) as error:
        recognise(find_weights(content))
    assert text in str(error.value)


def test_two_hrnets_in_one_file_are_refused() -> None:
    weights = tiny_file("pose")
    both = {f"{owner}.{n}": w for owner in ("teacher", "student") for n, w in weights.items()}
    with pytest.raises(
        CheckpointError, match=r"several HRNets, below \['student\.', 'teacher\.'\]"
    ):
        recognise(both)


def test_an_hrnet_without_a_branch_is_refused() -> None:
    weights = {n: w for n, w in tiny_file("pose").items() if "stage3.0.branches.1" not in n}
    with pytest.raises(CheckpointError, match="not whole"):
        recognise(weights)


def test_averaged_weights_are_preferred() -> None:
    plain, averaged = tiny_file("pose"), tiny_file("pose")
    found = find_weights({"state_dict": plain, "state_dict_ema": averaged})
    assert torch.equal(found["conv1.weight"], averaged["conv1.weight"])
