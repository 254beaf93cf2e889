"""Records full sweeps of the zoo and of the toolboxes' configs, for ``make test-zoo``."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hrnet_mm.launch.environment import describe_environment, device_name
from hrnet_mm.tables import markdown_table
from hrnet_mm.whole_file import whole_file
from tests.conftest import REPOSITORY
from tests.zoo.configs import leaves
from tests.zoo.fake_data import write_fake_data
from tests.zoo.ported import hrnet_configs

BENCHMARKS = REPOSITORY / "benchmarks"


def pytest_configure(config: pytest.Config) -> None:
    """Record runs of a whole sweep alone: ``-m zoo`` without a choice of tests."""
    if config.option.markexpr == "zoo" and not config.option.keyword:
        for recorder in (StepRecorder(), PortRecorder()):
            config.pluginmanager.register(recorder)


@pytest.fixture(scope="session")
def fake_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which data/ has a few images of every dataset."""
    folder = tmp_path_factory.mktemp("fake")
    write_fake_data(folder / "data")
    return folder


class Recorder:
    """Writes a table with the outcome of a test for each config."""

    path: Path
    test: str
    names: Sequence[str]

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.reports: dict[str, pytest.TestReport] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcome of a test, or of the set-up that failed."""
        before, _, name = report.nodeid.partition("[")
        ended = report.when == "call" or report.outcome != "passed"
        if ended and before.endswith(f"::{self.test}"):
            self.reports[name.rstrip("]")] = report

    def pytest_sessionfinish(self) -> None:
        """Write the record if every config was tried."""
        if set(self.reports) != set(self.names):
            return
        with whole_file(self.path) as unfinished:
            unfinished.write_text(self.text())

    def text(self) -> str:
        """Return the record."""
        raise NotImplementedError

    def run(self) -> str:
        """Say when, on what device, and how many passed in what time."""
        minutes = (time.perf_counter() - self.started) / 60
        passed = sum(report.passed for report in self.reports.values())
        return (
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {device_name()}: {passed} of "
            f"{len(self.reports)}\npassed in {minutes:.0f} min."
        )

    def versions(self) -> str:
        """Name the versions of the packages in use."""
        environment = describe_environment()
        del environment["device"]
        return ", ".join(f"{name} {version}" for name, version in environment.items())


class StepRecorder(Recorder):
    """Records the steps of the shipped configs, with their seconds."""

    path = BENCHMARKS / "zoo_steps.md"
    test = "test_each_config_at_its_own_width"
    names = leaves()

    def text(self) -> str:
        """Return the record."""
        rows = [
            [name, report.outcome, f"{report.duration:.1f}"]
            for name, report in sorted(self.reports.items())
        ]
        return f"""# A step of every config

`make test-zoo`, {self.run()} Each config trained one iteration and was validated on
fake data, at its own width, through its own pipelines and evaluator.

Versions: {self.versions()}.

{markdown_table(["config", "outcome", "seconds"], rows, right_aligned=["seconds"])}"""


class PortRecorder(Recorder):
    """Records which configs of the toolboxes were ported."""

    path = BENCHMARKS / "ported_configs.md"
    test = "test_each_stock_config"
    names = hrnet_configs()

    def text(self) -> str:
        """Return the record."""
        properties = [dict(report.user_properties) for report in self.reports.values()]
        ported = sum("arch" in found for found in properties)
        rows = [
            [*name.split("::"), *self._outcome(report)]
            for name, report in sorted(self.reports.items())
        ]
        headings = ["toolbox", "config", "arch", "ported", "published weights"]
        return f"""# Ported configs of the toolboxes

`make test-zoo`, {self.run()} Of the toolboxes' configs with an HRNet or a
relative of it, tools/port_config.py ports {ported} and refuses {len(rows) - ported}. Each ported
model, at its own width and with the same weights, has the features and the head's outputs of the
stock model, without any difference, for an image of 64 by 96 pixels.

Versions: {self.versions()}.

{markdown_table(headings, rows)}"""

    def _outcome(self, report: pytest.TestReport) -> list[str]:
        found = dict(report.user_properties)
        if not report.passed:
            return ["", f"test {report.outcome}", ""]
        if "reason" in found:
            return ["", f"no: {found['reason']}", ""]
        return [str(found["arch"]), "yes", str(found["weights"] or "none")]
