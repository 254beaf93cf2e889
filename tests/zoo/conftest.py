"""Records a full sweep of the zoo, for ``make test-zoo``."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hrnet_mm.launch.environment import describe_environment
from hrnet_mm.tables import markdown_table
from hrnet_mm.whole_file import whole_file
from tests.conftest import REPOSITORY
from tests.zoo.configs import leaves

RECORD = REPOSITORY / "benchmarks/zoo_steps.md"


def pytest_configure(config: pytest.Config) -> None:
    """Record runs of the whole sweep alone: ``-m zoo`` without a choice of tests."""
    if config.option.markexpr == "zoo" and not config.option.keyword:
        config.pluginmanager.register(Recorder(RECORD), "zoo recorder")


class Recorder:
    """Writes the outcome of each config, its seconds, and the device and versions."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.started = time.perf_counter()
        self.steps: dict[str, tuple[str, float]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcome of a test, or of the set-up that failed."""
        if report.when == "call" or report.outcome != "passed":
            name = report.nodeid.partition("[")[2].rstrip("]")
            self.steps[name] = (report.outcome, report.duration)

    def pytest_sessionfinish(self) -> None:
        """Write the record if every config was tried."""
        if set(self.steps) != set(leaves()):
            return
        with whole_file(self.path) as unfinished:
            unfinished.write_text(self._text())

    def _text(self) -> str:
        environment = describe_environment()
        minutes = (time.perf_counter() - self.started) / 60
        passed = sum(outcome == "passed" for outcome, _ in self.steps.values())
        now, device = datetime.now(UTC), environment.pop("device")
        versions = ", ".join(f"{name} {version}" for name, version in environment.items())
        rows = [
            [name, outcome, f"{seconds:.1f}"]
            for name, (outcome, seconds) in sorted(self.steps.items())
        ]
        return f"""# A step of every config

`make test-zoo`, {now:%Y-%m-%d %H:%M} UTC, {device}: {passed} of {len(rows)}
passed in {minutes:.0f} min. Each config trained one iteration and was validated on
fake data, at its own width, through its own pipelines and evaluator.

Versions: {versions}.

{markdown_table(["config", "outcome", "seconds"], rows, right_aligned=["seconds"])}"""
