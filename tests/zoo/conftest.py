"""Records a full sweep of the zoo, for ``make test-zoo``."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hrnet_mm.launch.environment import describe_environment
from tests.conftest import REPOSITORY
from tests.zoo.configs import leaves

RECORD = REPOSITORY / "benchmarks/zoo_steps.md"


def pytest_configure(config: pytest.Config) -> None:
    """Record runs of the whole sweep alone: ``-m zoo`` without a choice of tests."""
    if config.option.markexpr == "zoo" and not config.option.keyword:
        config.pluginmanager.register(Recorder(RECORD), "zoo recorder")


class Recorder:
    """Writes what became of each config, how long it took, and on what."""

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
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text("\n".join(self._lines()) + "\n")

    def _lines(self) -> Iterator[str]:
        environment = describe_environment()
        minutes = (time.perf_counter() - self.started) / 60
        passed = sum(outcome == "passed" for outcome, _ in self.steps.values())
        yield "# A step of every config"
        yield ""
        now, device = datetime.now(UTC), environment.pop("device")
        yield f"`make test-zoo`, {now:%Y-%m-%d %H:%M} UTC, {device}: {passed} of {len(self.steps)}"
        yield f"passed in {minutes:.0f} min. Each config trained one iteration and was validated on"
        yield "fake data, at its own width, through its own pipelines and evaluator."
        yield ""
        yield "Versions: " + ", ".join(f"{n} {v}" for n, v in environment.items()) + "."
        yield ""
        yield "| config | outcome | seconds |"
        yield "| --- | --- | ---: |"
        for name, (outcome, seconds) in sorted(self.steps.items()):
            yield f"| {name} | {outcome} | {seconds:.1f} |"
