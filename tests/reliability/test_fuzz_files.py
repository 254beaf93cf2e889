"""Whatever a checkpoint file holds, it is converted or refused in one line, and runs nothing.

``HRNET_MM_EXAMPLES=1000`` tries so many files (``benchmarks/reliability.py``).
"""

import json
import os
import pickle
import signal
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from hrnet_mm.checkpoint.commands import convert_file
from hrnet_mm.checkpoint.convert import TARGETS
from hrnet_mm.errors import CheckpointError
from hrnet_mm.models import HRNetBackbone
from tests.checkpoint.models import TINY
from tests.checkpoint.official import OFFICIAL, official_file
from tests.reliability.examples import examples

LIMIT = 20  # seconds, of which a file takes a fraction


OURS = "hrnet_mm"


@cache
def weights(kind: str = OURS) -> dict[str, torch.Tensor]:
    """Those of a small backbone below the names of OpenMMLab's models, or of an official model."""
    torch.manual_seed(0)
    if kind != OURS:
        return official_file(OFFICIAL[kind], arch=TINY, outputs=19)[0]  # type: ignore
    backbone = HRNetBackbone(TINY, out_indices=(0,))
    return {f"backbone.{name}": weight for name, weight in backbone.state_dict().items()}


def saved(content: Any, *, archive: bool = True) -> bytes:
    buffer = BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=archive)
    return buffer.getvalue()


class Code:
    """Makes a folder when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("ran",)


def _damaged(content: bytes, flips: list[tuple[float, int]], end: float) -> bytes:
    changed = bytearray(content)
    for place, mask in flips:
        changed[int(place * (len(changed) - 1))] ^= mask
    return bytes(changed[: max(1, int(end * len(changed)))])


share = st.floats(0, 1, allow_nan=False)
flips = st.lists(st.tuples(share, st.integers(1, 255)), max_size=8)
end = st.one_of(st.just(1.0), share)

tensors = st.builds(
    torch.zeros,
    st.lists(st.integers(0, 3), max_size=4),
    dtype=st.sampled_from([torch.float32, torch.int64, torch.bool, torch.bfloat16]),
)
keys = st.one_of(
    st.sampled_from(["state_dict", "model", "net", "meta", "optimizer", "ema_state_dict", ""]),
    st.sampled_from(sorted(weights())),
    st.text(max_size=8),
    st.integers(),
)
leaves = st.one_of(tensors, st.none(), st.integers(), st.text(max_size=5), st.floats(), st.binary())
trees = st.recursive(
    leaves,
    lambda node: st.one_of(
        st.dictionaries(keys, node, max_size=4), st.lists(node, max_size=3), st.tuples(node, node)
    ),
    max_leaves=8,
)


@st.composite
def nested(draw: st.DrawFn) -> Any:
    """The weights below wrappers, with some replaced, left out or beside others."""
    content: dict[Any, Any] = dict(weights(draw(st.sampled_from([OURS, *OFFICIAL]))))
    for name in draw(st.lists(st.sampled_from(sorted(content)), max_size=3, unique=True)):
        if draw(st.booleans()):
            del content[name]
        else:
            content[name] = draw(leaves)
    content |= draw(st.dictionaries(keys, leaves, max_size=2))
    prefix = draw(st.sampled_from(["", "module.", "module.module.", "x.y.z."]))
    content = {f"{prefix}{name}": value for name, value in content.items()}
    for key in draw(st.lists(keys, max_size=4)):
        content = {key: content, **draw(st.dictionaries(keys, trees, max_size=2))}
    return content


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """A safetensors file with a header of its own."""
    entry = st.fixed_dictionaries(
        dict(
            dtype=st.sampled_from(["F32", "BF16", "I64", "U8", "X", ""]),
            shape=st.lists(st.integers(-1, 2**62), max_size=3),
            data_offsets=st.lists(st.integers(-1, 2**62), max_size=3),
        )
    )
    header = draw(st.dictionaries(st.text(max_size=8), st.one_of(entry, trees_of_json), max_size=4))
    text = json.dumps(header).encode()
    length = draw(st.one_of(st.just(len(text)), st.integers(0, 2**64 - 1)))
    return struct.pack("<Q", length) + text + draw(st.binary(max_size=64))


trees_of_json = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=5)),
    lambda node: st.one_of(
        st.lists(node, max_size=3), st.dictionaries(st.text(), node, max_size=3)
    ),
    max_leaves=5,
)

FILES: dict[str, st.SearchStrategy[tuple[str, bytes]]] = {
    "damaged archive": st.builds(
        lambda f, e: ("a.pth", _damaged(saved({"state_dict": weights()}), f, e)), flips, end
    ),
    "damaged old file": st.builds(
        lambda f, e: ("a.pth", _damaged(saved(weights(), archive=False), f, e)), flips, end
    ),
    "damaged safetensors": st.builds(
        lambda f, e: ("a.safetensors", _damaged(save(weights()), f, e)), flips, end
    ),
    "headers": st.builds(lambda content: ("a.safetensors", content), headers()),
    "anything": st.builds(lambda tree: ("a.pth", saved(tree)), trees),
    "nested weights": st.builds(lambda tree: ("a.pth", saved(tree)), nested()),
    "bytes": st.builds(
        lambda name, content: (name, content),
        st.sampled_from(["a.pth", "a.safetensors"]),
        st.binary(max_size=200),
    ),
    "code": st.builds(
        lambda archive, f, e: ("a.pth", _damaged(saved([Code()], archive=archive), f, e)),
        st.booleans(),
        flips,
        end,
    ),
}


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail if something takes longer."""

    def fail(*_: Any) -> None:
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def refusal(name: str, *, to: str) -> str:
    """Convert a file to ``out.pth``; return why not, or nothing."""
    with within(LIMIT):
        try:
            convert_file(name, Path("out.pth"), to=to)
        except CheckpointError as error:
            return str(error)
    return ""


@settings(
    max_examples=examples(50),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.one_of(*FILES.values()), st.sampled_from(TARGETS))
def test_a_file_is_converted_or_refused(file: tuple[str, bytes], to: str) -> None:
    name, content = file
    before = Path.cwd()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            Path(name).write_bytes(content)
            message = refusal(name, to=to)
            assert "weights_only=False" not in message
            assert sorted(os.listdir()) == sorted([name] if message else [name, "out.pth"])
        finally:
            os.chdir(before)


def _archive_bomb(path: Path) -> None:
    path.write_bytes(saved({"state_dict": weights()}))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/999", bytes(100_000_000))


def _range_bomb(path: Path) -> None:
    class Long:
        def __reduce__(self) -> tuple[Any, ...]:
            return list, (range(10**12),)

    torch.save({"state_dict": weights(), "meta": Long()}, path)


def _deep(path: Path) -> None:
    content: Any = weights()
    for _ in range(300):
        content = {"state_dict": content}
    torch.save(content, path)


def _huge_tensor(path: Path) -> None:
    content = weights() | {"backbone.extra": torch.zeros(1).expand(10**12)}
    torch.save(content, path)


def _list_that_holds_itself(path: Path) -> None:
    content: dict[str, Any] = {"state_dict": None}
    content["state_dict"] = content
    path.write_bytes(pickle.dumps(content, protocol=2))


@pytest.mark.parametrize(
    "write", [_archive_bomb, _range_bomb, _deep, _huge_tensor, _list_that_holds_itself]
)
def test_small_files_that_stand_for_much(
    write: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.pth")
    assert (tmp_path / "a.pth").stat().st_size < 1_000_000
    message = refusal("a.pth", to="hrnet_mm")
    assert not message or "a.pth" in message
