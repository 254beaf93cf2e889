"""What is kept of a task, and after which changes it is not."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.kept import FILE, DemoResult, begin_anew, kept_result
from demo.tasks import DemoTask


@pytest.fixture
def finished(tiny_task: Callable[[str], DemoTask], tmp_path: Path) -> DemoResult:
    """The result of a task that was trained, as far as it shows."""
    result = kept_result(tiny_task("cls"), work_dir=tmp_path / "demo", seed=0)
    result.before = result.after = {"top-1": 0.5}
    result.score = [(0, 0.25), (4, 0.5)]
    result.panels, result.is_finished = ["a.png"], True
    result.save()
    for file in result.checkpoint, result.predictions / "a.png":
        file.parent.mkdir(exist_ok=True)
        file.touch()
    return result


def again(result: DemoResult, *, seed: int = 0) -> DemoResult:
    return kept_result(result.task, work_dir=result.work_dir, seed=seed)


def test_a_result_is_read_as_it_was_written(finished: DemoResult) -> None:
    read = again(finished)
    assert read.is_finished
    for field in "recipe", "before", "after", "panels":
        assert getattr(read, field) == getattr(finished, field)
    assert [tuple(point) for point in read.score] == finished.score


def test_another_seed_or_config_begins_anew(
    finished: DemoResult, tiny_task: Callable[..., DemoTask]
) -> None:
    assert not again(finished, seed=1).before
    tiny_task("cls", **{"optim_wrapper.optimizer.lr": 0.25})
    assert not again(finished).before


def test_a_task_depends_on_what_it_starts_from(
    finished: DemoResult, tiny_task: Callable[..., DemoTask]
) -> None:
    seg = tiny_task("seg", **{"model.backbone.init_cfg": dict(type="Pretrained", checkpoint="")})
    task = dataclasses.replace(seg, pretrained_by=finished.task)
    result = kept_result(task, work_dir=finished.work_dir, seed=0)
    tiny_task("cls", **{"optim_wrapper.optimizer.lr": 0.25})
    assert again(result).recipe != result.recipe


@pytest.mark.parametrize("missing", ["checkpoint", "panel"])
def test_what_was_deleted_is_made_again(missing: str, finished: DemoResult) -> None:
    file = finished.checkpoint if missing == "checkpoint" else finished.predictions / "a.png"
    file.unlink()
    read = again(finished)
    assert not read.is_finished
    assert read.before == finished.before


def test_a_folder_that_is_not_the_demos_is_left(finished: DemoResult) -> None:
    (finished.folder / FILE).unlink()
    (finished.folder / "last_checkpoint").touch()
    begin_anew(finished)
    assert (finished.predictions / "a.png").is_file()
    assert not (finished.folder / "last_checkpoint").exists()


def test_another_recipes_files_are_deleted(finished: DemoResult) -> None:
    begin_anew(finished)
    assert not finished.folder.exists()
    begin_anew(finished)
