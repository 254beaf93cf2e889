"""The page on export: its blocks run one after the other, and its decoders decode."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from hrnet_mm.deploy.heatmaps import decode
from hrnet_mm.deploy.tasks import Codec
from tests.conftest import REPOSITORY
from tests.docs.documents import DOCUMENTS
from tests.docs.test_documents import write_checkpoints

PAGE = next(document for document in DOCUMENTS if document.name == "docs/export.md")
RUN_BY = {"bash": ["bash", "-ec"], "python": [sys.executable, "-W", "ignore", "-c"]}
SIZE = (96, 128)  # of the input


def block_with(text: str, language: str) -> str:
    (found,) = [b.text for b in PAGE.blocks if b.language == language and text in b.text]
    return found


@pytest.mark.slow
def test_its_commands_and_programs_run(toy_scenes: Path, tmp_path: Path) -> None:
    for name in "configs", "tools":
        (tmp_path / name).symlink_to(REPOSITORY / name)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/toy").symlink_to(toy_scenes)
    write_checkpoints(tmp_path)
    image = np.random.default_rng(0).integers(255, size=(60, 80, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "photo.jpg"), image)
    for block in PAGE.blocks:
        if block.language not in RUN_BY:
            continue
        command = RUN_BY[block.language]
        done = subprocess.run(
            [*command, block.text],
            cwd=tmp_path,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "PYTHONPATH": str(REPOSITORY),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert sorted(path.name for path in tmp_path.glob("bundle*/model.json")) == ["model.json"] * 3


# Decoders


def some_heatmaps() -> np.ndarray:
    """Return peaks in the middle, at all borders and corners, and none at all."""
    width, height = SIZE[0] // 4, SIZE[1] // 4
    heatmaps = np.random.default_rng(0).normal(size=(40, height, width)).astype(np.float32)
    columns, rows = (0, 1, width // 2, width - 2, width - 1), (0, 1, 9, height - 2, height - 1)
    places = [(x, y) for x in columns for y in rows]
    for heatmap, (x, y) in zip(heatmaps, places, strict=False):
        heatmap[y, x] = 10
    heatmaps[-1] = -1
    return heatmaps


def expected_of(heatmaps: np.ndarray) -> np.ndarray:
    points, scores = decode(heatmaps, Codec(name="MSRAHeatmap"), input_size=SIZE)
    return np.column_stack([points, scores])


def test_the_decoder_in_python_decodes() -> None:
    program = ast.parse(block_with("def decode", "python"))
    program.body = [node for node in program.body if isinstance(node, ast.FunctionDef)]
    names: dict[str, Any] = {"np": np}
    exec(compile(program, PAGE.name, "exec"), names)
    heatmaps = some_heatmaps()
    np.testing.assert_allclose(names["decode"](heatmaps), expected_of(heatmaps), rtol=1e-6)


MAIN = """
#include <cstdio>
int main() {
    std::vector<float> heatmaps(%d);
    if (fread(heatmaps.data(), sizeof(float), heatmaps.size(), stdin) != heatmaps.size()) return 1;
    for (const Keypoint& point : decode(heatmaps.data(), %d, %d, %d))
        printf("%%.9g %%.9g %%.9g\\n", point.x, point.y, point.score);
}
"""


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
def test_the_decoder_in_cpp_decodes(tmp_path: Path) -> None:
    heatmaps, source, program = some_heatmaps(), tmp_path / "decode.cpp", tmp_path / "decode"
    source.write_text(block_with("decode(", "cpp") + MAIN % (heatmaps.size, *heatmaps.shape))
    warnings = ["-Wall", "-Wextra", "-Werror"]
    subprocess.run(["g++", "-std=c++17", *warnings, source, "-o", program], check=True)
    done = subprocess.run([program], input=heatmaps.tobytes(), capture_output=True, check=True)
    found = np.array([line.split() for line in done.stdout.splitlines()], float)
    np.testing.assert_allclose(found, expected_of(heatmaps), rtol=1e-6)
