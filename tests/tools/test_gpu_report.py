"""tools/gpu_report.py: a list of benchmarks that exist, and an end in time."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from hrnet_mm.apis.configs import read_config
from tests.conftest import REPOSITORY


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / f"tools/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REPORT, BENCHMARK = _tool("gpu_report"), _tool("benchmark")


@pytest.mark.parametrize("run", REPORT.RUNS, ids=" ".join)
def test_each_run_is_a_benchmark(run: list[str]) -> None:
    (config,) = BENCHMARK.make_parser().parse_args(run).configs
    assert read_config(config, {}).model


def test_tells_that_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["gpu_report.py", str(tmp_path / "gpu.md")])
    with pytest.raises(SystemExit, match="error: there is no CUDA device"):
        REPORT.main()
    assert not (tmp_path / "gpu.md").exists()


def test_ends_in_time_with_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seconds: list[float] = []

    def run(arguments: list[str], *, timeout: float, check: bool) -> Any:
        seconds.append(timeout)
        if len(seconds) == 3:
            raise subprocess.TimeoutExpired(arguments, timeout)
        Path(arguments[-1]).write_text(f"table {len(seconds)}\n")
        return subprocess.CompletedProcess(arguments, returncode=int(len(seconds) == 2))

    monkeypatch.setattr(subprocess, "run", run)
    REPORT.write_report(tmp_path / "gpu.md")
    text = (tmp_path / "gpu.md").read_text()
    assert "table 1\n" in text
    assert "table 2\n" not in text
    assert text.count(": failed") == 1
    assert text.count("nine minutes were over") == 1
    assert f"table {len(REPORT.RUNS)}\n" in text
    assert all(0 < left <= REPORT.SECONDS for left in seconds)
