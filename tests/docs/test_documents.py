"""What the README and the pages of docs/ name exists, and what they show works."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner import save_checkpoint

from demo.painter.classes import THINGS
from demo.tasks import TASKS
from hrnet_mm.benchmark.published import load_published
from hrnet_mm.cli import tools_by_verb
from hrnet_mm.version import __version__
from tests.conftest import REPOSITORY
from tests.docs.documents import DOCUMENTS, Document
from tests.isolated import run_python

README = DOCUMENTS[0]
PLACEHOLDERS = {"TASK", "DATASET", "RECIPE", "NAME", "TOOLBOX"}  # in paths
FOLDERS = {path.name for path in REPOSITORY.iterdir() if path.is_dir()} - {"data", "work_dirs"}
# What is gone is named there.
CHANGELOG = "docs/changelog.md"
# Its blocks build on each other: tests/docs/test_export_page.py runs them.
IN_ORDER = "docs/export.md"
PRESENT = [document for document in DOCUMENTS if document.name != CHANGELOG]

each = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
each_present = pytest.mark.parametrize("document", PRESENT, ids=lambda document: document.name)


def test_the_readme_is_short() -> None:
    assert len(README.text.encode()) < 10_000


@each
def test_links_lead_somewhere(document: Document) -> None:
    by_path = {other.path: other for other in DOCUMENTS}
    lost = []
    for link in document.links:
        path, _, anchor = link.partition("#")
        target = (document.path.parent / path).resolve() if path else document.path
        if not target.exists() or (anchor and anchor not in by_path[target].headings):
            lost.append(link)
    assert lost == []


def test_the_index_lists_every_page() -> None:
    index = next(document for document in DOCUMENTS if document.name == "docs/index.md")
    pages = {f"{d.path.name}" for d in DOCUMENTS if d.path.parent.name == "docs"} - {"index.md"}
    assert pages <= set(index.links)


# Paths


def paths_in(code: str) -> list[str]:
    """Find what is a path of this repository, from its root."""
    words = re.split(r"""[\s"',=()\[\]]+""", code)
    words = [f"configs/{w.partition('::')[2]}" if w.startswith("hrnet_mm::") else w for w in words]
    return [
        word.rstrip(".:;")
        for word in words
        if word.partition("/")[0] in FOLDERS
        and "/" in word
        and not re.search(r"[{}*…<>$]|\.\.\.", word)
        and not PLACEHOLDERS & set(re.split(r"[/.]", word))
    ]


def mine(document: Document) -> set[str]:
    """Return the files that a reader is told to write."""
    return {m[1] for block in document.blocks if (m := re.match(r"# (\S+\.py)\n", block.text))}


@each_present
def test_paths_exist(document: Document) -> None:
    code = [*document.inline_code, *(block.text for block in document.blocks)]
    paths = {path for text in code for path in paths_in(text)} - mine(document)
    assert sorted(path for path in paths if not (REPOSITORY / path).exists()) == []


# Commands


@cache
def help_of(*command: str) -> str:
    done = run_python(*command, "--help")
    assert done.returncode == 0, done.stderr
    return done.stdout


def options_in(line: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", line))


def faults_of(line: str) -> list[str]:
    """Say what a line of shell names that does not exist."""
    line = line.partition("  #")[0]
    faults = []
    for target in re.findall(r"(?:^|\s)make ([a-z][a-z-]*)", line):
        if not re.search(rf"^{target}:", (REPOSITORY / "Makefile").read_text(), re.MULTILINE):
            faults.append(f"make {target}")
    if script := re.search(r"python ((?:tools|docs)/\S+\.py)", line):
        faults += unknown_options(line[script.end() :], script[1])
    if script := re.search(r"bash (tools/\S+\.sh)", line):
        runs = re.search(r"\$HERE/(train|test)\.py", (REPOSITORY / script[1]).read_text())
        assert runs, script[1]
        faults += unknown_options(line[script.end() :], f"tools/{runs[1]}.py")
    if verb := re.search(r"hrnet-mm ([a-z_]+)", line):
        tool = tools_by_verb().get(verb[1])
        if tool is not None:
            faults += unknown_options(line[verb.end() :], f"tools/{tool.name}")
        elif verb[1] != "doctor":
            faults.append(verb[0])
    if module := re.search(r"python -m ([\w.]+)", line):
        if importlib.util.find_spec(module[1]) is None:
            faults.append(module[0])
        elif module[1] != "pytest" and options_in(line):
            faults += unknown_options(line[module.end() :], "-m", module[1])
    return faults


def unknown_options(rest: str, *command: str) -> list[str]:
    known = options_in(help_of(*command)) if options_in(rest) else set()
    return [f"{' '.join(command)} {option}" for option in sorted(options_in(rest) - known)]


@each_present
def test_commands_exist(document: Document) -> None:
    assert [fault for line in document.lines_of_code for fault in faults_of(line)] == []


def test_faults_of_commands_are_found() -> None:
    assert faults_of("make coffee  # make tea") == ["make coffee"]
    assert faults_of("python tools/train.py CONFIG --reusme --amp") == ["tools/train.py --reusme"]
    assert faults_of("bash tools/dist_test.sh C K 8 --amp") == ["tools/test.py --amp"]
    assert faults_of("hrnet-mm trian NAME") == ["hrnet-mm trian"]
    assert faults_of("hrnet-mm test NAME --amp") == ["tools/test.py --amp"]
    assert faults_of("python -m hrnet_nm") == ["python -m hrnet_nm"]
    assert paths_in("see `configs/TASK/x.py`, tools/train.py") == ["tools/train.py"]


# Python

SNIPPETS = [
    pytest.param(block.text, id=f"{document.name}-{number}")
    for document in DOCUMENTS
    for number, block in enumerate(document.blocks)
    if block.language == "python"
]


@pytest.fixture(scope="module")
def after_the_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `make demo` leaves the checkout, but with models that have learned nothing."""
    root = tmp_path_factory.mktemp("checkout")
    (root / "docs").symlink_to(REPOSITORY / "docs")
    for path in (REPOSITORY / "configs").glob("*/*"):  # new folders have place beside these
        link = root / "configs" / path.relative_to(REPOSITORY / "configs")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path)
    return root


def write_checkpoints(root: Path) -> None:
    for task in TASKS.values():
        cfg = Config.fromfile(REPOSITORY / task.config)
        cfg.model.backbone.pop("init_cfg", None)
        checkpoint: dict[str, Any] = {"state_dict": built(cfg).state_dict()}
        if task.name == "cls":  # its names are those of folders, so no config has them
            checkpoint["meta"] = {"dataset_meta": {"classes": sorted(THINGS)}}
        save_checkpoint(checkpoint, str(task.checkpoint(root / "work_dirs/demo")))


def built(cfg: Config) -> Any:
    init_default_scope(cfg.default_scope)
    preprocessor = (
        {"data_preprocessor": cfg.data_preprocessor} if "data_preprocessor" in cfg else {}
    )
    return MODELS.build({**preprocessor, **cfg.model})


@pytest.mark.parametrize("text", SNIPPETS)
def test_python_compiles(text: str) -> None:
    compile(text, "document", "exec")


CONFIGS = [snippet for snippet in SNIPPETS if "_base_ =" in str(snippet.values[0])]
PROGRAMS = [
    snippet
    for snippet in SNIPPETS
    if snippet not in CONFIGS and not str(snippet.id).startswith(IN_ORDER)
]


@pytest.mark.parametrize("text", CONFIGS)
def test_configs_merge_into_models_that_build(text: str, after_the_demo: Path) -> None:
    named = re.match(r"# (\S+\.py)\n", text)
    assert named, "a config begins with its path"
    path = after_the_demo / named[1]
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    cfg = Config.fromfile(path)
    cfg.model.backbone.init_cfg = None
    built(cfg)


@pytest.mark.slow
@pytest.mark.parametrize("text", PROGRAMS)
def test_programs_run(text: str, after_the_demo: Path) -> None:
    if "get_config(" in text and not (REPOSITORY / "hrnet_mm/.mim").exists():
        pytest.skip("this checkout is not the one that is installed")
    if not (after_the_demo / "work_dirs").exists():
        write_checkpoints(after_the_demo)
    program = [sys.executable, "-W", "ignore", "-c", text]
    done = subprocess.run(program, cwd=after_the_demo, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


# Commands that a reader can try at once: the blocks marked bash

COMMANDS = [
    pytest.param(block.text, id=f"{document.name}-{number}")
    for document in DOCUMENTS
    for number, block in enumerate(document.blocks)
    if block.language == "bash" and document.name != IN_ORDER
]


@pytest.fixture(scope="module")
def with_own_files(after_the_demo: Path) -> Path:
    """The same folder with an environment, and with a user's photos, video and boxes."""
    if not (after_the_demo / "work_dirs").exists():
        write_checkpoints(after_the_demo)
    (after_the_demo / "tools").symlink_to(REPOSITORY / "tools")
    python = after_the_demo / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nPYTHONPATH={REPOSITORY} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    image = np.random.default_rng(0).integers(255, size=(60, 80, 3), dtype=np.uint8)
    for name in "photo.jpg", "photos/1.jpg", "more/2.png":
        (after_the_demo / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(after_the_demo / name), image)
    film = cv2.VideoWriter(
        str(after_the_demo / "film.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 10, (80, 60)
    )
    film.write(image)
    film.release()
    boxes = [dict(image_id=1, category_id=1, bbox=[5, 5, 60, 50], score=0.9)]
    (after_the_demo / "boxes.json").write_text(json.dumps(boxes))
    return after_the_demo


@pytest.mark.slow
@pytest.mark.parametrize("text", COMMANDS)
def test_commands_run(text: str, with_own_files: Path) -> None:
    path = f"{with_own_files / '.venv/bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-ec", text],
        cwd=with_own_files,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# Figures


def test_the_readme_reports_what_was_published() -> None:
    rows = re.findall(
        r"^\| [^|]+ \| \[[^]]+\]\(configs/([^)]+)\) \| (\D+) ([\d.]+) \| \w+ \| (\w+): (.+) \|$",
        README.text,
        re.MULTILINE,
    )
    assert len(rows) >= 8
    results = [result for row in load_published() for result in row.results]
    for config, metric, figure, status, source in rows:
        found = [r for r in results if r.config == config and metric in r.metrics]
        if status == "cited":
            found = [r for r in found if r.where.startswith(source)]
        assert float(figure) in {r.metrics[metric] for r in found if r.status == status}, config


def test_the_citation_has_the_version() -> None:
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())
    assert citation["version"] == __version__
    assert f"\n## {__version__}\n" in (REPOSITORY / CHANGELOG).read_text()
