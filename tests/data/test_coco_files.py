"""Files are seen in passing, by as many as look on."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from hrnet_mm.data.coco_files import coco_files_seen
from tests.data import tiny_coco


@pytest.fixture(params=["pycocotools", "xtcocotools", "hrnet_mm.compat.xtcocotools"])
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Read a file that a stock reader can use."""
    reader = pytest.importorskip(f"{request.param}.coco").COCO
    path = tmp_path / "x.json"
    path.write_text(json.dumps(tiny_coco.content()))

    def load() -> str:
        assert len(reader(str(path)).anns) == 40
        return str(path)

    return load


def test_a_file_is_seen_once(read: Callable[[], str]) -> None:
    seen: list[tuple[str, Any]] = []
    with coco_files_seen(lambda path, content: seen.append((path, content))):
        path = read()
    read()
    assert seen == [(path, seen[0][1])]
    assert len(seen[0][1]["images"]) == 5


def test_several_look_on_and_stop_in_any_order(read: Callable[[], str]) -> None:
    first, second = [], []
    outer, inner = ExitStack(), ExitStack()
    outer.enter_context(coco_files_seen(lambda path, _: first.append(path)))
    inner.enter_context(coco_files_seen(lambda path, _: second.append(path)))
    read()
    outer.close()
    read()
    inner.close()
    read()
    assert (len(first), len(second)) == (1, 2)
