"""Trainings that are stopped at random moments end as uninterrupted ones do.

``python benchmarks/reliability.py kill term int`` runs and records more of them.
"""

import json
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY


@pytest.mark.slow
@pytest.mark.parametrize(
    ("signal", "first", "cases"),
    [("SIGKILL", 0, 1), ("SIGKILL", 7, 1), ("SIGTERM", 5, 1), ("SIGINT", 11, 1)],
    ids=str,
)
def test_losses_are_those_of_an_uninterrupted_training(signal: str, first: int, cases: int) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "tests.reliability.kill_matrix", signal]
    done = subprocess.run(
        [*command, "--first", str(first), "--cases", str(cases)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == cases
    for result in results:
        assert result["difference"] <= 1e-4, result
        assert result["status"] == {"SIGKILL": -9, "SIGTERM": 143, "SIGINT": 130}[signal], result
