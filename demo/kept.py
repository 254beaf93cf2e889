"""What is known of a task on disk, so that a demo that was stopped goes on where it was."""

import json
import shutil
from dataclasses import dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.device import get_device

from demo.painter.toy_scenes import VERSION
from demo.tasks import DemoTask
from hrnet_mm.apis.memory_format import set_memory_format
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.whole_file import whole_file

FILE = "result.json"


@dataclass(kw_only=True)
class DemoResult:
    """The results of a task so far.

    Attributes:
        task: The task.
        work_dir: Of the demo.
        recipe: Identifies what the figures depend on; see `recipe_of`.
        before: Metrics of the untrained model, by heading.
        after: Metrics of the last validation, by heading.
        seconds: Duration of everything that the task takes.
        iterations: How many were trained.
        loss: (iteration, mean loss since the point before).
        score: (iteration, first metric).
        panels: Files of drawn held-out images, in ``predictions``.
        is_finished: Whether nothing is left to do.
    """

    task: DemoTask
    work_dir: Path
    recipe: str
    before: dict[str, float] = field(default_factory=dict)
    after: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    iterations: int = 0
    loss: list[tuple[int, float]] = field(default_factory=list)
    score: list[tuple[int, float]] = field(default_factory=list)
    panels: list[str] = field(default_factory=list)
    is_finished: bool = False

    @property
    def folder(self) -> Path:
        """The folder of the task's logs and checkpoints."""
        return self.work_dir / self.task.name

    @property
    def predictions(self) -> Path:
        """The folder of the drawn images."""
        return self.folder / "predictions"

    @property
    def checkpoint(self) -> Path:
        """The trained model."""
        return self.task.checkpoint(self.work_dir)

    def save(self) -> None:
        """Write what is known so far."""
        content = {name: getattr(self, name) for name in _saved_fields()}
        with whole_file(self.folder / FILE) as unfinished:
            unfinished.write_text(json.dumps(content) + "\n")

    def forget_after(self, iteration: int) -> None:
        """Drop what came after the checkpoint from which the training goes on."""
        self.loss = [point for point in self.loss if point[0] <= iteration]
        self.score = [point for point in self.score if point[0] <= iteration]


def _saved_fields() -> list[str]:
    return [kept.name for kept in fields(DemoResult) if kept.name not in ("task", "work_dir")]


def kept_result(task: DemoTask, *, work_dir: Path, seed: int) -> DemoResult:
    """Read what an earlier run left of a task, or begin one anew if its recipe was another."""
    recipe = recipe_of(task, work_dir=work_dir, seed=seed)
    new = DemoResult(task=task, work_dir=work_dir, recipe=recipe)
    file = new.folder / FILE
    if not file.is_file():
        return new
    content = json.loads(file.read_text())
    if content["recipe"] != recipe:
        return new
    result = DemoResult(task=task, work_dir=work_dir, **content)
    files = [result.checkpoint, *(result.predictions / name for name in result.panels)]
    result.is_finished &= all(path.is_file() for path in files)
    return result


def begin_anew(result: DemoResult) -> None:
    """Delete what another recipe left in the folder of a task."""
    if (result.folder / FILE).is_file():  # otherwise the folder is not the demo's
        shutil.rmtree(result.folder)
    (result.folder / "last_checkpoint").unlink(missing_ok=True)


def config_of(task: DemoTask, *, work_dir: Path, seed: int) -> Config:
    """Load the config of a task."""
    options: dict[str, Any] = {"randomness.seed": seed}
    if task.pretrained_by:
        backbone = task.pretrained_by.checkpoint(work_dir)
        options["model.backbone.init_cfg.checkpoint"] = str(backbone)
    folder = str(work_dir / task.name)
    cfg = RunOptions(config=task.config, work_dir=folder, cfg_options=options).load()
    set_memory_format(cfg, "auto", device=get_device())
    return cfg


def recipe_of(task: DemoTask, *, work_dir: Path, seed: int) -> str:
    """Return a checksum of all that the figures of a task depend on, and of the fields kept."""
    cfg = config_of(task, work_dir=work_dir, seed=seed)
    parts: list[Any] = [cfg.to_dict(), VERSION, _saved_fields()]
    if task.pretrained_by:
        parts.append(recipe_of(task.pretrained_by, work_dir=work_dir, seed=seed))
    return sha256(json.dumps(parts, default=str).encode()).hexdigest()
