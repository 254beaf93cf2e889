"""Whatever plain data a Runner can write comes back; what is no plain data is refused by name."""

import argparse
import collections
import functools
import importlib
import io
import operator
import os
import pickle
import subprocess
import uuid
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path, PosixPath, PurePosixPath, PureWindowsPath
from typing import Any

import mmpose
import numpy as np
import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.logging import HistoryBuffer
from mmengine.optim.scheduler.param_scheduler import OneCycleParamScheduler
from mmengine.registry import PARAM_SCHEDULERS
from mmengine.runner import checkpoint as mmengine_checkpoint
from mmengine.runner import load_checkpoint
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from torch import _weights_only_unpickler

from hrnet_mm.checkpoint import reading
from hrnet_mm.checkpoint.allowed_types import allowed_types
from hrnet_mm.errors import CheckpointError
from tests.tiny_runner import Seen, TinyDataset, TinyModel, tiny_runner
from tests.zoo.configs import leaves, load


def again(path: Path, data: Any) -> Any:
    """The data after it was in a checkpoint."""
    torch.save({"state_dict": {}, "data": data}, path / "data.pth")
    return load_checkpoint(TinyModel(), str(path / "data.pth"))["data"]


def same(a: Any, b: Any) -> bool:
    """Whether two things are equal in types and values, down to the dtypes of arrays."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


# Arrays and scalars

CODES = [
    *dict.fromkeys(code for code in np.typecodes["All"] if code not in "OVSUMm"),
    *("S3", "U5", "M8[ns]", "M8[D]", "m8[s]", "m8[us]", ">f4", ">i8", ">U2", ">M8[ns]", ">c16"),
]


@pytest.mark.parametrize("code", CODES)
def test_arrays_and_scalars_of_every_plain_dtype(code: str, tmp_path: Path) -> None:
    full = np.arange(6).reshape(2, 3).astype(code)
    arrays = [full, np.asfortranarray(full), full[:, :2], full[:0], full[:, :0], full[0, 0:1][0]]
    data = {"arrays": [*arrays, np.array(full[1, 1])], "dtype": full.dtype}
    assert np.array_equal(again(tmp_path, data)["arrays"][0], full)
    # To numpy itself a long long is a long afterwards, and other bytes' order its own.
    assert same(again(tmp_path, data), pickle.loads(pickle.dumps(data, protocol=2)))


@pytest.mark.parametrize("values", [np.zeros(2), np.zeros((0, 3)), np.float64(1)])
def test_files_of_numpy_1_load(values: Any, tmp_path: Path) -> None:
    torch.save({"state_dict": {}, "data": values}, tmp_path / "2.pth")
    _rewrite(tmp_path / "2.pth", b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert same(load_checkpoint(TinyModel(), str(tmp_path / "2.pth"))["data"], values)


def _rewrite(path: Path, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(path) as source:
        contents = {name: source.read(name) for name in source.namelist()}
    assert any(old in content for content in contents.values())
    with zipfile.ZipFile(path, "w") as target:
        for name, content in contents.items():
            target.writestr(name, content.replace(old, new))


# Other plain data

NOON = datetime(2026, 1, 2, 12, 0, 0, 7)
PLAIN = {
    "None, bool, numbers": [None, True, 2**70, -1, 0.5, float("inf"), 1 + 2j],
    "text": ["", "Ä", "x" * 300],
    "bytes": [b"", b"abc", b"\xff\x00", bytearray(b"ab")],
    "containers": [(), (1, (2,)), {"a": {1: 2}}, {1, 2}, set(), frozenset({1}), frozenset()],
    "ranges": [range(3), range(1, 9, 2), slice(1, None)],
    "OrderedDict and Counter": [collections.OrderedDict(a=1), collections.Counter("aab")],
    "datetime": [NOON, NOON.replace(tzinfo=UTC), NOON.replace(fold=1)],
    "parts of a time": [date(2026, 1, 2), time(1, 2, 3), timedelta(days=1, microseconds=3)],
    "time zones": [UTC, timezone(timedelta(hours=2)), timezone(timedelta(0), "X")],
    "Namespace": [argparse.Namespace(lr=0.1, names=["a"], inner=argparse.Namespace(x=None))],
    "paths": [Path("a/b.pth"), Path("/"), Path("."), PurePosixPath("x"), PureWindowsPath("C:/x")],
    "numbers of other kinds": [Decimal("1.50"), uuid.UUID(int=5)],
    "types": [int, float, str, list, dict],
    "configs": [ConfigDict(a=dict(b=[dict(c=1)])), ConfigDict()],
    "of PyTorch": [torch.Size([1, 2]), torch.float16, torch.device("cpu"), torch.__version__],
    "random states": [np.random.RandomState(1).get_state(), __import__("random").getstate()],
}


@pytest.mark.parametrize("kind", PLAIN)
def test_plain_data(kind: str, tmp_path: Path) -> None:
    assert same(again(tmp_path, PLAIN[kind]), PLAIN[kind])


def test_an_empty_namespace_can_be_saved_again(tmp_path: Path) -> None:
    empty = again(tmp_path, argparse.Namespace())
    assert empty == argparse.Namespace()
    assert again(tmp_path, empty) == argparse.Namespace()


def test_config(tmp_path: Path) -> None:
    loaded = again(tmp_path, Config(dict(a=dict(b=1)), filename=__file__))
    assert isinstance(loaded, Config)
    assert loaded.a.b == 1


@pytest.mark.parametrize(
    ("home", "name", "expected"),
    [
        ("pathlib", "PosixPath", PosixPath("a/b")),
        ("pathlib._local", "PosixPath", PosixPath("a/b")),
        ("pathlib", "WindowsPath", PureWindowsPath("a/b")),
        ("pathlib._local", "WindowsPath", PureWindowsPath("a/b")),
        ("pathlib._local", "PurePosixPath", PurePosixPath("a/b")),
        ("pathlib._local", "PureWindowsPath", PureWindowsPath("a/b")),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="the paths are those of Posix")
def test_paths_of_every_python_and_system(
    home: str, name: str, expected: Any, tmp_path: Path
) -> None:
    torch.save({"state_dict": {}, "data": Path("a/b")}, tmp_path / "path.pth")
    stock = f"c{PosixPath.__module__}\nPosixPath\n".encode()
    _rewrite(tmp_path / "path.pth", stock, f"c{home}\n{name}\n".encode())
    loaded = load_checkpoint(TinyModel(), str(tmp_path / "path.pth"))["data"]
    assert same(loaded, expected)


@pytest.mark.parametrize("factory", [list, dict, int, float, set, str, np.ndarray, None])
def test_defaultdict_comes_back_as_dict_and_says_so(factory: Any, tmp_path: Path) -> None:
    data = collections.defaultdict(factory, {"a": [1], "b": collections.defaultdict(list)})
    with pytest.warns(UserWarning, match="a defaultdict: it comes back as a plain dict"):
        assert same(again(tmp_path, data), {"a": [1], "b": {}})


@pytest.mark.parametrize("limit", [None, 5])
def test_deque_comes_back_as_list_and_says_so(limit: int | None, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="a deque: it comes back as a plain list"):
        assert same(again(tmp_path, collections.deque([1, 2], limit)), [1, 2])


# What the toolboxes and our configs write

MMPOSE_FILES = sorted(Path(mmpose.__path__[0], ".mim/configs/_base_/datasets").glob("*.py"))


@pytest.mark.parametrize("file", MMPOSE_FILES, ids=lambda file: file.stem)
def test_metainfo_of_mmpose(file: Path, tmp_path: Path) -> None:
    if "dataset_info" not in Config.fromfile(file):
        pytest.skip("no metainfo")
    metainfo = parse_pose_metainfo(dict(from_file=str(file)))
    assert same(again(tmp_path, metainfo), metainfo)


def test_there_are_files_of_mmpose() -> None:
    assert len(MMPOSE_FILES) >= 55


@pytest.mark.parametrize("toolbox", ["mmdet", "mmseg", "mmpretrain", "mmpose"])
def test_metainfo_of_every_dataset_class(toolbox: str, tmp_path: Path) -> None:
    importlib.import_module(f"{toolbox}.datasets")
    classes = importlib.import_module(f"{toolbox}.registry").DATASETS.module_dict
    metainfos = {name: getattr(cls, "METAINFO", {}) for name, cls in classes.items()}
    assert sum(map(bool, metainfos.values())) > 10
    assert same(again(tmp_path, metainfos), metainfos)


LANDMARKS = [name for name in leaves("pose") if "/coco/" not in name and "/mpii/" not in name]


@pytest.mark.parametrize("name", LANDMARKS)
def test_metainfo_of_our_landmark_configs(name: str, tmp_path: Path) -> None:
    assert len(LANDMARKS) >= 12
    metainfo = _metainfo_of(name)
    assert metainfo["num_keypoints"] > 0
    assert same(again(tmp_path, metainfo), metainfo)


def _metainfo_of(name: str) -> dict[str, Any]:
    """What the dataset of a config would write, without its images."""
    from mmpose.registry import DATASETS

    dataset = load(name).train_dataloader.dataset
    cls = DATASETS.get(dataset.type.rpartition(".")[2])
    assert cls is not None
    given = dataset.get("metainfo") or cls.METAINFO  # pyright: ignore[reportAttributeAccessIssue]
    return parse_pose_metainfo(given)


ROUTES = {
    "a landmark config": lambda: _metainfo_of(LANDMARKS[0]),
    "empty arrays": lambda: {"classes": ("a",), "links": np.zeros((0, 2)), "names": np.array([])},
    "all plain data": lambda: {**PLAIN, "arrays": [np.zeros(2, code) for code in CODES]},
    "a defaultdict": lambda: {"groups": collections.defaultdict(list, a=[np.int32(1)])},
}


@pytest.mark.parametrize("route", ROUTES)
def test_runner_tests_and_resumes_what_it_wrote(route: str, tmp_path: Path) -> None:
    metainfo = ROUTES[route]()
    trained = tiny_runner(tmp_path, metainfo=metainfo)
    trained.message_hub.update_info("of a hook", metainfo)
    trained.train()
    loader = {"batch_size": 2, "num_workers": 0, "dataset": TinyDataset(metainfo)}
    tested = tiny_runner(
        tmp_path / "test",
        load_from=str(tmp_path / "epoch_1.pth"),
        test_dataloader={**loader, "sampler": {"type": "DefaultSampler", "shuffle": False}},
        test_cfg={},
        test_evaluator={"type": Seen, "prefix": "tiny"},
    )
    assert tested.test()["tiny/seen"] == 4
    resumed = tiny_runner(tmp_path, metainfo=metainfo, epochs=2, resume=True)
    resumed.train()
    assert resumed.epoch == 2
    assert resumed.message_hub.get_info("of a hook").keys() == metainfo.keys()


SCHEDULERS: dict[str, dict[str, Any]] = {
    "Constant": {"factor": 0.5},
    "CosineAnnealing": {"T_max": 4},
    "CosineRestart": {"periods": [2, 2], "restart_weights": [1, 0.5], "eta_min": 0.1},
    "Exponential": {"gamma": 0.9},
    "Linear": {"start_factor": 0.5},
    "MultiStep": {"milestones": [1, 2]},
    "OneCycle": {"eta_max": 0.1, "total_steps": 8},
    "Poly": {"eta_min": 0.1},
    "PolyLRRatio": {"eta_min_ratio": 0.1},
    "QuadraticWarmup": {"begin": 0, "end": 4},
    "ReduceOnPlateau": {"monitor": "loss"},
    "Step": {"step_size": 2},
}


@pytest.mark.parametrize("scope", ["mmengine", "mmdet", "mmpose", "mmseg", "mmpretrain"])
def test_state_of_every_scheduler(scope: str, tmp_path: Path) -> None:
    if scope != "mmengine":
        importlib.import_module(f"{scope}.engine")
    registry = PARAM_SCHEDULERS if scope == "mmengine" else PARAM_SCHEDULERS.children[scope]
    for name, cls in registry.module_dict.items():
        kind = next(
            (
                kind
                for kind in (name, name[:-2], name[:-8], name.removesuffix("WeightDecay"))
                if kind in SCHEDULERS
            ),
            None,
        )
        if name.endswith("ParamScheduler"):
            continue  # the base of the others
        assert kind is not None, name
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1, momentum=0.9)
        state = cls(optimizer=optimizer, **SCHEDULERS[kind]).state_dict()
        assert same(again(tmp_path, state), state), name


# Refused


class Hostile:
    """What is pickled as any call, with any state."""

    def __init__(self, function: Any, *arguments: Any, state: Any = None) -> None:
        self.reduced = (function, arguments, state)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.reduced


def namespace(state: Any) -> Hostile:
    return Hostile(argparse.Namespace, state=state)


STRUCTURED = np.dtype([("a", "f8"), ("b", "i4")])
REFUSED: dict[str, tuple[Any, str]] = {
    "a shell": (Hostile(os.system, "true"), r"posix\.system|nt\.system"),
    "a process": (Hostile(subprocess.Popen, "true"), r"(subprocess|commands)\.Popen"),
    "eval": (Hostile(eval, "1"), "eval"),
    "exec": (Hostile(exec, "1"), "exec"),
    "an import": (Hostile(importlib.import_module, "this"), r"importlib\.import_module"),
    "a file": (Hostile(open, "x"), r"io\.open"),
    "partial": (Hostile(functools.partial, print), r"functools\.partial"),
    "attrgetter": (Hostile(operator.attrgetter, "a"), r"operator\.attrgetter"),
    "getattr of a path": (Hostile(getattr, PosixPath, "unlink"), r"getattr\(\w*Path,'unlink'\)"),
    "getattr of bytes": (Hostile(getattr, bytes, "join"), r"getattr\(_empty_bytes"),
    "getattr of a dict": (Hostile(getattr, {}, "update"), r"getattr\(dict,'update'\)"),
    "getattr of a buffer": (Hostile(getattr, HistoryBuffer, "__init__"), r"getattr\(HistoryBuffer"),
    "getattr of a schedule": (
        Hostile(getattr, OneCycleParamScheduler, "step"),
        r"getattr\(OneCycleParamScheduler",
    ),
    "many bytes": (Hostile(bytes, 10**10), r"bytes\(\.\.\.\)"),
    "bytes of text": (Hostile(bytes, "a", "utf-8"), r"bytes\(\.\.\.\)"),
    "dtype of objects": (Hostile(np.dtype, "O"), r"numpy\.dtype\('O'\)"),
    "dtype of objects, spelled out": (Hostile(np.dtype, "object"), r"numpy\.dtype\('object'\)"),
    "dtype of no text": (Hostile(np.dtype, ("f8", 2)), r"numpy\.dtype\(\('f8', 2\)\)"),
    "dtype with fields in text": (Hostile(np.dtype, "f8,i4"), r"numpy\.dtype\('f8,i4'\)"),
    "objects": (np.array([{}, None], dtype=object), r"numpy\.dtype\('O8'\)"),
    "a dtype of objects": (np.dtype(object), r"numpy\.dtype\('O8'\)"),
    "a structured array": (np.zeros(2, STRUCTURED), r"numpy\.dtype\('V12'\)"),
    "a structured scalar": (np.zeros(2, STRUCTURED)[0], r"numpy\.dtype\('V12'\)"),
    "void": (np.void(b"abc"), r"numpy\.dtype\('V3'\)"),
    "a namespace of a class": (namespace({"__class__": int}), r"Namespace with special"),
    "a namespace with a hook": (namespace({"__setstate__": int}), r"Namespace with special"),
    "a namespace with slots": (namespace(({}, {"__class__": int})), r"Namespace with special"),
    "a namespace of pairs": (namespace([("a", 1)]), r"Namespace with special"),
    "a class of this file": (Hostile, r"test_allowed_types\.Hostile"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_plain_data_is_refused_by_name(kind: str, tmp_path: Path) -> None:
    data, name = REFUSED[kind]
    with pytest.raises(CheckpointError, match=rf"data\.pth: it holds .*{name}") as refusal:
        again(tmp_path, data)
    assert "Get the file again" not in str(refusal.value)
    assert "weights_only=False" not in str(refusal.value)


def test_a_namespace_cannot_be_filled_twice() -> None:
    """The second time it is a plain Namespace, which takes nothing unseen."""
    filled = pickle.dumps(argparse.Namespace(a=1), 2)
    twice = filled[:-1] + b"}q\x10X\x09\x00\x00\x00__class__q\x11K\x01sb."
    with pytest.raises(pickle.UnpicklingError, match=r"got <class 'argparse\.Namespace'>"):
        _weights_only_unpickler.load(io.BytesIO(twice))


# Beside what a host or a user allows


@pytest.fixture
def safe_globals() -> Iterator[None]:
    before = torch.serialization.get_safe_globals()
    yield
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals(before)


@pytest.mark.usefixtures("safe_globals")
@pytest.mark.parametrize(
    "wide", [getattr, bytes, np.dtype, argparse.Namespace, collections.defaultdict]
)
def test_what_is_allowed_wider_than_here_is_narrowed(wide: Any, tmp_path: Path) -> None:
    torch.serialization.add_safe_globals([wide, TinyModel])
    assert reading._lacks_types(mmengine_checkpoint)
    reading._allow_types(mmengine_checkpoint)
    assert wide not in torch.serialization.get_safe_globals()
    assert TinyModel in torch.serialization.get_safe_globals()
    assert not reading._lacks_types(mmengine_checkpoint)


@pytest.mark.usefixtures("safe_globals")
def test_a_host_that_allows_some_types_gets_the_others(tmp_path: Path) -> None:
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals([HistoryBuffer, np.ndarray])
    assert reading._lacks_types(mmengine_checkpoint)
    reading._allow_types(mmengine_checkpoint)
    assert again(tmp_path, np.zeros(0, np.int8)).dtype == np.int8


@pytest.mark.usefixtures("safe_globals")
def test_stands_aside_where_the_same_is_allowed() -> None:
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals(
        [HistoryBuffer, *(entry for entry in allowed_types() if entry[0] is not HistoryBuffer)]
    )
    assert not reading._lacks_types(mmengine_checkpoint)
