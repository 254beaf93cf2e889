"""The demo as its user sees it in a pipe: events, stops, going on, errors."""

import gc
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from demo.__main__ import main
from demo.ending import interpreter
from demo.kept import kept_result
from demo.screen import Row, Screen
from demo.tasks import DemoTask

MakeTask = Callable[..., DemoTask]
Run = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Run the demo in a process as it were its own; give its exit status and its lines."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("demo.steps.write_toy_scenes", lambda root, on_scene: on_scene(9, 9))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def run(tasks: Sequence[DemoTask], *arguments: str) -> tuple[int, list[str]]:
        status: Any = 0
        # pytest's own streams do not write to the file descriptors.
        with (
            open(1, "w", closefd=False) as out,
            open(2, "w", closefd=False) as err,
            monkeypatch.context() as patch,
        ):
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            try:
                main(arguments, tasks={task.name: task for task in tasks})
            except SystemExit as end:
                status = end.code
        if isinstance(status, str):
            print(status)  # as Python does, on the other stream
            status = 1
        printed = capfd.readouterr()
        assert printed.err == ""
        return status, [line.rstrip() for line in printed.out.splitlines()]

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


def interrupt_at(iteration: int, patch: pytest.MonkeyPatch) -> None:
    """Let the user press Ctrl-C at an iteration."""
    progress = Screen.progress

    def interrupted(screen: Screen, row: Row) -> None:
        progress(screen, row)
        if row.completed == iteration:
            signal.raise_signal(signal.SIGINT)

    patch.setattr(Screen, "progress", interrupted)


def test_each_event_is_a_line_and_an_error_names_the_log(run: Run, tiny_task: MakeTask) -> None:
    broken = tiny_task("cls", **{"train_dataloader.batch_size": "many"})
    status, lines = run([tiny_task("pose"), broken], "--work-dir", "out")
    assert status == 1
    assert [line.removeprefix("pose").split("AP")[0].split() for line in lines[2:-3]] == [
        ["loading"],
        ["untrained"],
        ["epoch", "1/2"],
        ["epoch", "2/2"],
        ["drawing"],
        ["done"],
    ]
    assert lines[-3:-1] == ["cls     loading", "cls     failed; see out/cls/output.log"]
    assert lines[-1].startswith("error: ")
    assert "Traceback" in Path("out/cls/output.log").read_text()
    for chatter in "creating index", "Average Precision":
        assert chatter in Path("out/pose/output.log").read_text()
        assert not any(chatter in line for line in lines)
    # The task that is done has its place in the summary.
    assert "## pose" in Path("out/summary.md").read_text()
    assert Path("out/summary.png").is_file()


@pytest.mark.parametrize("iteration", [1, 4])  # before the first checkpoint, and the last one
def test_a_stopped_task_goes_on_and_is_kept_when_it_is_done(
    iteration: int, run: Run, tiny_task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.summary.write_summary", lambda *_, **__: None)
    task = tiny_task("cls", **{"train_dataloader.num_workers": 1})
    work_dir = Path("work_dirs/demo")
    with monkeypatch.context() as patch:
        interrupt_at(iteration, patch)
        status, lines = run([task])
    assert status == 130
    assert lines[-1] == "Stopped; what is done is kept. To go on: make demo"
    stopped = kept_result(task, work_dir=work_dir, seed=0)
    assert stopped.before
    assert not stopped.is_finished

    status, lines = run([task])
    assert status == 0
    assert not any(line.startswith("cls     untrained") for line in lines)
    trains_again = any(line.startswith("cls     epoch 1/2") for line in lines)
    assert trains_again == (iteration == 1)
    done = kept_result(task, work_dir=work_dir, seed=0)
    assert done.before == stopped.before
    assert done.seconds > stopped.seconds
    assert [number for number, _ in done.loss] == [*range(1, done.iterations + 1)]

    written = done.checkpoint.stat().st_mtime_ns
    status, again = run([task])
    assert status == 0
    assert again[2:] == lines[[line.startswith("cls     done") for line in lines].index(True) :]
    assert done.checkpoint.stat().st_mtime_ns == written
    assert any("tools/predict.py" in line for line in again)
    for start in "Look at work_dirs/demo/summary.png", "Try next:", "To start over: rm -r":
        assert any(line.startswith(start) for line in again)


def test_a_stop_that_python_drops_still_stops(
    run: Run, tiny_task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Deleted:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(sys, "unraisablehook", lambda _: None)
        patch.setattr(Row, "measure", lambda *_: [Deleted()] and gc.collect())
        status, lines = run([tiny_task("cls")], "cls", "--seed", "3")
    assert status == 130
    assert lines[-1].endswith(f"To go on: {interpreter()} -m demo cls --seed 3")
