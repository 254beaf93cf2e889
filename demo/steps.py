"""What the demo does, step by step: the scenes, then the tasks, each with a log and a summary."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from demo.kept import DemoResult, begin_anew, kept_result
from demo.painter import write_toy_scenes
from demo.quiet import output_in
from demo.screen import Row, Screen
from demo.tasks import DemoTask


def run_steps(
    wanted: Sequence[DemoTask],
    *,
    tasks: Iterable[DemoTask],
    work_dir: Path,
    seed: int,
    screen: Screen,
) -> list[DemoResult]:
    """Draw the scenes and train the wanted tasks, as far as that is not done.

    Args:
        wanted: In the order in which they depend on each other.
        tasks: All that there are; the summary shows what is done of them.
        work_dir: Of the results.
        seed: Of the trainings.
        screen: Has a row for the scenes, then one for each wanted task.

    Returns:
        The results of the wanted tasks.
    """
    scenes, *rows = screen.rows
    kept = {task: kept_result(task, work_dir=work_dir, seed=seed) for task in tasks}
    results = [kept[task] for task in wanted]
    for result, row in zip(results, rows, strict=True):
        show_kept(result, row)
    with _step(scenes, "drawing", log=work_dir / "demo.log", screen=screen):
        write_toy_scenes(
            Path("data/toy"), on_scene=lambda drawn, total: scenes.count(drawn, total=total)
        )
    for result, row in zip(results, rows, strict=True):
        if result.is_finished:
            screen.event(row)
            continue
        if not result.before:
            begin_anew(result)
        with _step(row, "loading", log=result.folder / "output.log", screen=screen):
            # Imported here, for PyTorch takes seconds to load, and may print warnings.
            from demo.run import run_task
            from demo.summary import write_summary

            run_task(result, seed=seed, screen=screen, row=row)
            row.end("drawing")
            result.seconds = row.seconds
            result.is_finished = True
            write_summary([each for each in kept.values() if each.is_finished], folder=work_dir)
            result.save()  # last, so that the summary has all that is kept
    return results


def show_kept(result: DemoResult, row: Row) -> None:
    """Fill a row with what is known of its task."""
    heading = result.task.metrics[0].heading
    row.seconds = result.seconds
    row.before = result.before.get(heading)
    row.loss = result.loss[-1][1] if result.loss else None
    if len(result.score) > 1:
        row.now = result.after[heading]
    if result.is_finished:
        row.completed = row.total = result.iterations
        row.state = "done"


@contextmanager
def _step(row: Row, state: str, *, log: Path, screen: Screen) -> Iterator[None]:
    """Run a step with its clock, what it prints going to the log."""
    screen.note = f"{row.name} writes to {log}"
    row.begin(state)
    screen.event(row)
    try:
        with output_in(log):
            yield
    except Exception:
        row.end("failed")
        screen.event(row, f"failed; see {log}")
        screen.note = f"{row.name} failed; see {log}"
        raise
    row.end("done")
    screen.event(row)
    screen.note = ""
