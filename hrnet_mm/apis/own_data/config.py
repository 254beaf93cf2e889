"""Surveys own data, chooses a recipe, and writes one short config on top of a shipped one."""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from hrnet_mm.apis.config_text import SPREAD, Code, assignment
from hrnet_mm.apis.own_data.classification import cls_parts
from hrnet_mm.apis.own_data.detection import det_parts
from hrnet_mm.apis.own_data.parts import Layout, Options, TaskParts, data_root
from hrnet_mm.apis.own_data.pose import pose_parts
from hrnet_mm.apis.own_data.recipes import Recipe, choose_recipe
from hrnet_mm.apis.own_data.segmentation import seg_parts
from hrnet_mm.data.surveys.coco import CocoSurvey, survey_coco
from hrnet_mm.data.surveys.image_folder import survey_classes
from hrnet_mm.data.surveys.masks import MaskSurvey, survey_masks
from hrnet_mm.data.surveys.survey import Request, Survey
from hrnet_mm.errors import UserError
from hrnet_mm.shipped import SHIPPED, command_of
from hrnet_mm.whole_file import whole_file, whole_folder

MAX_LINES = 60
TASKS = ("pose", "seg", "det", "cls")
_LAYOUTS = (
    Layout(),
    Layout(width=160),
    Layout(is_short=True, width=160),
    Layout(is_short=True, width=400),
    Layout(is_short=True, width=10**6),
)
_WARMUP = 20  # iterations for pose, as mirror-mouse's config has; others take an epoch


@dataclass(frozen=True, kw_only=True)
class NewConfig:
    """A config for own data.

    Attributes:
        survey: What was found in the data.
        recipe: How to train on them.
        target: The file to write.
    """

    survey: Survey
    recipe: Recipe
    target: Path

    @property
    def commands(self) -> tuple[str, str, str]:
        """The commands that check the data, train the model, and predict with it."""
        config, images = (shlex.quote(str(path)) for path in (self.target, self.survey.val.images))
        best = f"work_dirs/{shlex.quote(self.target.stem)}/best_*.pth"
        return (
            f"{command_of('check_data')} {config}",
            f"{command_of('train')} {config}",
            f"{command_of('predict')} {config} {best} {images}",
        )

    def summary(self) -> str:
        """Say what was found and what was chosen, in some lines."""
        survey, recipe = self.survey, self.recipe
        sizes = ", ".join(f"{w}x{h} ({n})" for (w, h), n in survey.sizes.most_common(4))
        more = f" and {len(survey.sizes) - 4} more" if len(survey.sizes) > 4 else ""
        pairs = zip(survey.classes, survey.shares, strict=True)
        width, height = recipe.size
        return "\n".join(
            [
                f"images: {survey.sizes.total()}; sizes: {sizes}{more}",
                f"classes: {', '.join(f'{name} ({share})' for name, share in pairs)}",
                *survey.notes,
                f"to train: {survey.train.count}, to validate: {survey.val.count}",
                f"on top of {recipe.base.name}, {recipe.arch}, {width}x{height}, "
                f"batch {recipe.batch}, {recipe.length}",
                f"begins {recipe.reason}",
            ]
        )

    def text(self) -> str:
        """Return the Python text, of `MAX_LINES` at most: long lists get wider lines if need be."""
        texts = map(self._text, _LAYOUTS)
        return next(text for text in texts if text.count("\n") <= MAX_LINES)

    def _text(self, layout: Layout) -> str:
        parts = self._parts(layout)
        names = ", ".join(("data_root", "data", *parts.names))
        lines = [
            self._docstring(),
            assignment("_base_", self._base()),
            *self._weights(),
            assignment("data_root", f"{data_root(self.survey).as_posix()}/"),
            *parts.lines,
            layout.written("model", {k: v for k, v in parts.model.items() if v}),
            *self._loaders(parts, layout),
            layout.written("val_evaluator", parts.evaluator),
            "test_evaluator = val_evaluator",
            *self._schedule(parts, layout),
            *(assignment(key, value) for key, value in parts.others.items()),
            f"del {names}",
        ]
        return "\n".join(lines) + "\n"

    def _parts(self, layout: Layout) -> TaskParts:
        survey, recipe = self.survey, self.recipe
        if isinstance(survey, MaskSurvey):
            return seg_parts(survey, recipe, layout)
        if isinstance(survey, CocoSurvey):
            parts = pose_parts if recipe.task == "pose" else det_parts
            return parts(survey, recipe, layout)
        return cls_parts(survey, recipe, layout)

    def _docstring(self) -> str:
        survey, recipe = self.survey, self.recipe
        check, train, predict = self.commands
        return (
            f'"""HRNet {recipe.arch} for own data: {survey.train.count} samples to train, '
            f"{survey.val.count} to validate.\n\n"
            f"Begins:   {recipe.reason}\n"
            f"Takes:    {recipe.length}\n"
            f"Command:  {check}\n"
            f"          {train}\n"
            f"          {predict}\n"
            '"""'
        )

    def _base(self) -> str:
        base, target = self.recipe.base.config.resolve(), self.target.resolve()
        if target.is_relative_to((SHIPPED / "configs").resolve()):
            return Path(os.path.relpath(base, target.parent)).as_posix()
        return base.as_posix()

    def _weights(self) -> list[str]:
        weights = self.recipe.weights
        if weights == self.recipe.cfg.get("load_from"):
            return []
        return [assignment("load_from", weights)]  # None: the base goes on from a run of its own

    def _loaders(self, parts: TaskParts, layout: Layout) -> list[str]:
        train, val = ({**dataset, SPREAD: Code("data")} for dataset in (parts.train, parts.val))
        loader: Options = dict(batch_size=self.recipe.batch, **parts.train_loader)
        if self.recipe.cfg.train_dataloader.sampler.type != "DefaultSampler":  # an endless one
            loader["sampler"] = dict(type="DefaultSampler", shuffle=True)
        return [
            layout.written("data", dict(_delete_=True, **parts.data)),
            layout.written("train_dataloader", dict(**loader, dataset=train)),
            layout.written("val_dataloader", dict(dataset=val)),
            "test_dataloader = val_dataloader",
        ]

    def _schedule(self, parts: TaskParts, layout: Layout) -> list[str]:
        recipe, (figure, rule) = self.recipe, parts.best
        epochs, is_pose = recipe.epochs, recipe.task == "pose"
        warmup = min(_WARMUP, recipe.iterations * epochs // 10) if is_pose else recipe.iterations
        cosine = dict(type="CosineAnnealingLR", begin=1, T_max=epochs - 1, by_epoch=True)
        decay: Options = dict(**cosine, convert_to_iter_based=True)
        if is_pose:
            milestones = [epochs * 3 // 4, epochs * 11 // 12]
            decay = dict(type="MultiStepLR", milestones=milestones, gamma=0.1, by_epoch=True)
        start = dict(type="LinearLR", begin=0, end=warmup, start_factor=0.01, by_epoch=False)
        length: Options = dict(max_epochs=epochs, val_interval=recipe.interval)
        if not recipe.cfg.train_cfg.get("by_epoch", True):
            length = dict(_delete_=True, by_epoch=True, **length)
        stock = {"by_epoch": True, **recipe.cfg.default_hooks.checkpoint}
        checkpoint = dict(rule=rule, max_keep_ckpts=1, by_epoch=True)
        saved = dict(interval=recipe.interval, save_best=figure)
        saved |= {key: value for key, value in checkpoint.items() if stock.get(key) != value}
        lines = {
            "train_cfg": length,
            "optim_wrapper": dict(optimizer=dict(lr=recipe.lr)),
            "param_scheduler": [start, decay],
            "default_hooks": dict(checkpoint=saved),
        }
        return [layout.written(name, value) for name, value in lines.items()]


def plan_config(
    request: Request, target: Path, *, task: str, base: str | None = None, arch: str | None = None
) -> NewConfig:
    """Survey data and choose a recipe; nothing is written.

    Args:
        request: The data.
        target: The config to write.
        task: One of `TASKS`.
        base: The name of a shipped config; None for one that fits.
        arch: The width; None for the base's.

    Raises:
        UserError: The data, the name or the width is not usable.
    """
    if target.suffix != ".py":
        raise UserError(f"--out {target}: give a file whose name ends in .py")
    if task in ("pose", "det"):
        if request.classes:
            raise UserError("--classes: the names of classes are in the COCO file")
        survey: Survey = survey_coco(request, pose=task == "pose")
    elif task == "seg":
        survey = survey_masks(request)
    else:
        survey = survey_classes(request)
    own = {path.resolve() for path in (request.data, request.val, request.colors) if path}
    if lost := own & {path.resolve() for path in (*survey.files, target)}:
        raise UserError(f"{lost.pop()} would be replaced: give --out another name")
    recipe = choose_recipe(survey, task=task, name=base, arch=arch)
    return NewConfig(survey=survey, recipe=recipe, target=target)


def write_config(config: NewConfig, *, overwrite: bool = False) -> list[Path]:
    """Write the config and the new files beside the data; return their paths.

    Raises:
        UserError: One of them exists, and is not to be replaced.
    """
    text = config.text()
    paths = [*config.survey.files, config.target]
    existing = [path for path in paths if path.exists()]
    if existing and not overwrite:
        raise UserError(f"{existing[0]} exists: give another --out, or --overwrite")
    for path, write in config.survey.files.items():
        with whole_file(path) if path.suffix else whole_folder(path) as unfinished:
            write(unfinished)
    with whole_file(config.target) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
    return paths
