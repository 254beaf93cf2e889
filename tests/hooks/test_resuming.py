"""A changed config and a checkpoint: what is overridden or refused, and longer trainings."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import CheckpointLoader, Runner
from torch import nn

from hrnet_mm.errors import UserError
from tests.tiny_runner import Seen, TinyDataset, TinyModel, tiny_runner

EPOCH = 2  # iterations
SGD = {"type": "SGD", "lr": 0.1, "momentum": 0.9, "weight_decay": 1e-4}
ADAM = {"type": "Adam", "lr": 1e-3, "betas": (0.9, 0.999)}
WARMUP = {"type": "LinearLR", "start_factor": 0.01, "begin": 0, "end": 5, "by_epoch": False}


class Recorder(Hook):
    """Notes what each iteration trains with."""

    priority = "VERY_LOW"

    def __init__(self) -> None:
        self.seen: dict[int, Any] = {}

    def before_train_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        wrapper: Any = runner.optim_wrapper
        wrappers = wrapper.values() if isinstance(wrapper, OptimWrapperDict) else [wrapper]
        self.seen[runner.iter] = [
            {name: value for name, value in group.items() if name != "params"}
            for each in wrappers
            for group in each.param_groups
        ]


def train(
    folder: Path,
    schedule: Any,
    *,
    epochs: int = 0,
    iterations: int = 0,
    resume: Path | bool = False,
    optimizer: dict[str, Any] = SGD,
    paramwise: dict[str, Any] | None = None,
    accumulate: int = 1,
    hooks: Sequence[dict[str, Any]] = (),
    **settings: Any,
) -> dict[int, Any]:
    """Train; return the values of the parameter groups by iteration."""
    recorder = Recorder()
    loop: dict[str, Any] = {"by_epoch": True, "max_epochs": epochs, "val_interval": 1000}
    checkpoint: dict[str, Any] = {"type": "CheckpointHook", "interval": 1}
    sampler = {"type": "DefaultSampler", "shuffle": False}
    if iterations:
        loop = {"by_epoch": False, "max_iters": iterations, "val_interval": 1000}
        checkpoint["by_epoch"] = False
        sampler["type"] = "InfiniteSampler"
    wrapper: dict[str, Any] = {"optimizer": optimizer, "paramwise_cfg": paramwise}
    wrapper["accumulative_counts"] = accumulate
    defaults: dict[str, Any] = {
        "model": TinyModel(),
        "optim_wrapper": wrapper,
        "param_scheduler": schedule,
        "train_cfg": loop,
        "train_dataloader": {
            "batch_size": 2,
            "num_workers": 0,
            "sampler": sampler,
            "dataset": TinyDataset(),
        },
        "val_dataloader": None,
        "val_cfg": None,
        "val_evaluator": None,
        "default_hooks": {"checkpoint": checkpoint},
        "custom_hooks": [recorder, {"type": "hrnet_mm.ResumeHook"}, *hooks],
        "resume": bool(resume),
        "load_from": str(resume) if isinstance(resume, Path) else None,
        "log_level": "WARNING",
    }
    tiny_runner(folder, **{**defaults, **settings}).train()
    return recorder.seen


def train_longer(
    folder: Path,
    schedule: Callable[[int], Any],
    *,
    short_schedule: Callable[[int], Any] | None = None,
    checkpoint: str = "epoch_3.pth",
    unit: str = "epochs",
    settings: Callable[[], dict[str, Any]] = dict,
    short_settings: Callable[[], dict[str, Any]] | None = None,
) -> tuple[dict[int, Any], dict[int, Any]]:
    """Train for 9 epochs, and for 4 that are resumed up to 9; return what both trained with."""
    uninterrupted = train(folder / "uninterrupted", schedule(9), **{unit: 9}, **settings())
    short = (short_settings or settings)()
    train(folder / "short", (short_schedule or schedule)(4), **{unit: 4}, **short)
    resume = folder / "short" / checkpoint
    written = resume.read_bytes()
    longer = train(folder / "longer", schedule(9), **{unit: 9}, **settings(), resume=resume)
    assert resume.read_bytes() == written
    return uninterrupted, longer


def rates(seen: dict[int, Any], iterations: Iterable[int]) -> list[float]:
    return [seen[iteration][0]["lr"] for iteration in iterations]


def said(folder: Path) -> list[str]:
    """Return the lines that resuming logs."""
    logs = sorted(folder.glob("*/*.log"))
    lines = [line for log in logs for line in log.read_text().splitlines()]
    return [line.split("WARNING - ")[1] for line in lines if "WARNING - resuming " in line]


# A longer training


def cosine(n: int, **options: Any) -> dict[str, Any]:
    return {"type": "CosineAnnealingLR", "T_max": n, **options}


def multistep(n: int, **options: Any) -> dict[str, Any]:
    return {"type": "MultiStepLR", "milestones": [n // 2, n - 1], "gamma": 0.1, **options}


def poly(n: int, **options: Any) -> dict[str, Any]:
    return {"type": "PolyLR", "power": 0.9, "end": n, **options}


BY_ITERATION = {"convert_to_iter_based": True}
SCHEDULES: dict[str, Callable[[int], Any]] = {  # for a number of epochs
    "multistep": multistep,
    "warmup_multistep": lambda n: [WARMUP, multistep(n, by_epoch=True)],
    "step": lambda n: {"type": "StepLR", "step_size": n // 3 + 1},
    "exponential": lambda n: {"type": "ExponentialLR", "gamma": 0.1 ** (1 / n)},
    "constant": lambda n: [{"type": "ConstantLR", "factor": 0.5, "end": n - 1}],
    "cosine": lambda n: cosine(n, eta_min=1e-5),
    "cosine_ratio": lambda n: {"type": "CosineAnnealingLR", "eta_min_ratio": 0.05, "end": n},
    "warmup_cosine": lambda n: [WARMUP, cosine(n - 1, begin=1, by_epoch=True, **BY_ITERATION)],
    "restarts": lambda n: dict(
        type="CosineRestartLR", periods=[n // 2, n - n // 2], restart_weights=[1, 0.5], eta_min=0
    ),
    "poly": lambda n: poly(n, eta_min=1e-4),
    "poly_by_iteration": lambda n: poly(n, **BY_ITERATION),
    "onecycle": lambda n: dict(
        type="OneCycleLR", eta_max=0.3, total_steps=n * EPOCH, by_epoch=False
    ),
    "momentum": lambda n: [
        cosine(n),
        {"type": "LinearMomentum", "start_factor": 0.5, "end": n, **BY_ITERATION},
    ],
    "weight_decay": lambda n: cosine(
        n, type="CosineAnnealingParamScheduler", param_name="weight_decay", eta_min=1e-6
    ),
    "none": lambda n: None,
}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
@pytest.mark.parametrize("resumed_at", [2, 4], ids=["partial", "finished"])
def test_longer_training_has_the_rates_of_an_uninterrupted_one(
    tmp_path: Path, schedule: Callable[[int], Any], resumed_at: int
) -> None:
    uninterrupted, longer = train_longer(tmp_path, schedule, checkpoint=f"epoch_{resumed_at}.pth")
    assert list(longer) == list(range(resumed_at * EPOCH, 9 * EPOCH))
    assert longer == {iteration: uninterrupted[iteration] for iteration in longer}
    checkpoint = tmp_path / f"short/epoch_{resumed_at}.pth"
    told = [f"resuming {checkpoint}: the schedule is the config's, for the training is longer now"]
    assert said(tmp_path / "longer") == (told if schedule(9) else [])


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": ADAM},
        {"optimizer": {"type": "AdamW", "lr": 1e-3, "weight_decay": 0.05}},
        {"optimizer": {"type": "RMSprop", "lr": 1e-3}, "momentum": False},
        {"paramwise": {"norm_decay_mult": 0.0, "bias_lr_mult": 2.0}},
        {"auto_scale_lr": {"enable": True, "base_batch_size": 16}},
        {"hooks": [{"type": "EMAHook"}]},
        {"by": "iteration"},
        {"accumulate": 2},
    ],
    ids=str,
)
def test_longer_training_of_every_kind(tmp_path: Path, settings: dict[str, Any]) -> None:
    settings = dict(settings)
    unit = "iterations" if settings.pop("by", None) else "epochs"
    momentum = settings.pop("momentum", True)

    def schedule(length: int) -> list[dict[str, Any]]:
        by_epoch = unit == "epochs"
        rate = {"type": "PolyLR", "begin": 1, "end": length, "by_epoch": by_epoch}
        momenta = cosine(length, type="CosineAnnealingMomentum", by_epoch=by_epoch)
        return [{**WARMUP, "end": 3}, rate, *[momenta] * momentum]

    checkpoint = f"{unit.removesuffix('s').replace('ation', '')}_3.pth"
    uninterrupted, longer = train_longer(
        tmp_path, schedule, checkpoint=checkpoint, unit=unit, settings=lambda: settings
    )
    assert len(longer) == 6 * (EPOCH if unit == "epochs" else 1)
    assert longer == {iteration: uninterrupted[iteration] for iteration in longer}


class TwoOptimizers(TinyModel):
    """Trains its layers by optimizers of their own."""

    def train_step(self, data: Any, optim_wrapper: Any) -> dict[str, torch.Tensor]:
        data = self.data_preprocessor(data, True)
        losses = {}
        for name in list(optim_wrapper.keys()):
            loss = self(**data, mode="loss")["loss"]
            optim_wrapper[name].update_params(loss)
            losses[f"loss_{name}"] = loss
        return losses


def two_optimizers(**classes: Any) -> dict[str, Any]:
    model = TwoOptimizers()
    layers: dict[str, nn.Module] = {"norm": model.norm, "linear": model.linear}
    wrappers = {
        name: OptimWrapper(cls(layers[name].parameters(), lr=0.1)) for name, cls in classes.items()
    }
    return {"model": model, "optim_wrapper": OptimWrapperDict(**wrappers)}


@pytest.mark.parametrize("is_shared", [True, False])
def test_longer_training_with_several_optimizers(tmp_path: Path, is_shared: bool) -> None:
    def schedule(epochs: int) -> Any:
        return (
            cosine(epochs)
            if is_shared
            else {"norm": cosine(epochs), "linear": [WARMUP, cosine(epochs)]}
        )

    def optimizers() -> dict[str, Any]:
        return two_optimizers(norm=torch.optim.SGD, linear=torch.optim.Adam)

    uninterrupted, longer = train_longer(tmp_path, schedule, settings=optimizers)
    assert longer == {iteration: uninterrupted[iteration] for iteration in longer}
    assert len(longer) == 6 * EPOCH


def test_longer_training_takes_a_new_rate_too_but_no_new_decay(tmp_path: Path) -> None:
    uninterrupted, longer = train_longer(
        tmp_path,
        SCHEDULES["warmup_cosine"],
        checkpoint="epoch_4.pth",
        settings=lambda: {"optimizer": {**SGD, "lr": 0.5, "weight_decay": 0.3}},
        short_settings=dict,
    )
    assert rates(longer, longer) == rates(uninterrupted, longer)
    assert {groups[0]["weight_decay"] for groups in longer.values()} == {1e-4}
    assert any(
        "optimizer.weight_decay is the checkpoint's 0.0001, not the config's 0.3" in line
        for line in said(tmp_path / "longer")
    )


@pytest.mark.parametrize(("before", "after"), [("cosine", "none"), ("none", "warmup_cosine")])
def test_longer_training_with_a_schedule_more_or_less(
    tmp_path: Path, before: str, after: str
) -> None:
    uninterrupted, longer = train_longer(
        tmp_path, SCHEDULES[after], short_schedule=SCHEDULES[before]
    )
    assert rates(longer, longer) == rates(uninterrupted, range(6, 18))


def test_resumed_again_a_longer_training_goes_on(tmp_path: Path) -> None:
    schedule = SCHEDULES["warmup_cosine"]
    uninterrupted, _ = train_longer(tmp_path, schedule, checkpoint="epoch_4.pth")
    checkpoint = tmp_path / "longer/epoch_6.pth"
    again = train(tmp_path / "again", schedule(9), epochs=9, resume=checkpoint)
    assert again == {iteration: uninterrupted[iteration] for iteration in range(12, 18)}
    assert said(tmp_path / "again") == []


def test_schedule_that_follows_a_metric_is_the_checkpoints(tmp_path: Path) -> None:
    plateau = {"type": "ReduceOnPlateauLR", "monitor": "tiny/seen", "rule": "greater"}
    schedule = [{**plateau, "patience": 0, "factor": 0.5}]
    loader = {"batch_size": 4, "num_workers": 0, "sampler": {"type": "DefaultSampler"}}
    validation = {
        "train_cfg": {"by_epoch": True, "max_epochs": 3, "val_interval": 1},
        "val_dataloader": {**loader, "dataset": TinyDataset()},
        "val_cfg": {},
        "val_evaluator": {"type": Seen, "prefix": "tiny"},
    }
    train(tmp_path / "short", schedule, **validation)
    validation["train_cfg"] = {"by_epoch": True, "max_epochs": 5, "val_interval": 1}
    checkpoint = tmp_path / "short/epoch_3.pth"
    longer = train(tmp_path / "longer", schedule, resume=checkpoint, **validation)
    # Epoch 3's checkpoint is older than its validation.
    assert rates(longer, (6, 8)) == [0.05, 0.025]
    assert said(tmp_path / "longer") == []


def test_checkpoint_without_a_schedule_takes_the_config_s(tmp_path: Path) -> None:
    uninterrupted = train(tmp_path / "uninterrupted", cosine(4), epochs=4)
    without = {"type": "CheckpointHook", "interval": 1, "save_optimizer": False}
    train(
        tmp_path / "short",
        cosine(4),
        epochs=4,
        default_hooks={"checkpoint": {**without, "save_param_scheduler": False}},
    )
    rest = train(tmp_path / "rest", cosine(4), epochs=4, resume=tmp_path / "short/epoch_2.pth")
    assert rest == {iteration: uninterrupted[iteration] for iteration in range(4, 8)}


# The config of the file


def test_text_of_a_config_in_a_file_is_not_run(tmp_path: Path) -> None:
    train(tmp_path / "a", SCHEDULES["cosine"](2), epochs=1)
    path = tmp_path / "a" / "epoch_1.pth"
    checkpoint = CheckpointLoader.load_checkpoint(str(path))
    checkpoint["meta"]["config"] = f"open({str(tmp_path / 'ran')!r}, 'w')"
    torch.save(checkpoint, path)
    train(tmp_path / "b", SCHEDULES["cosine"](2), epochs=2, resume=path)
    assert not (tmp_path / "ran").exists()


# The same length: the checkpoint's values


def test_unchanged_config_resumes_without_a_word(tmp_path: Path) -> None:
    for name, schedule in SCHEDULES.items():
        uninterrupted = train(tmp_path / name, schedule(3), epochs=3)
        for is_auto in (False, True):
            again = tmp_path / f"{name}_{is_auto}"
            checkpoint: Path | bool = tmp_path / name / "epoch_1.pth"
            if is_auto:
                again.mkdir()
                (again / "last_checkpoint").write_text(str(checkpoint))
                checkpoint = True
            rest = train(again, schedule(3), epochs=3, resume=checkpoint)
            assert rest == {iteration: uninterrupted[iteration] for iteration in range(2, 6)}, name
            assert said(again) == [], name


LR = "optimizer.lr is the checkpoint's 0.1, not the config's"


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ({}, {"optimizer": {**SGD, "lr": 0.2}}, [f"{LR} 0.2"]),
        ({"schedule": None}, {"schedule": None, "optimizer": {**SGD, "lr": 0.2}}, [f"{LR} 0.2"]),
        (
            {},
            {"optimizer": {**SGD, "momentum": 0.5, "weight_decay": 0.1, "nesterov": True}},
            [
                "optimizer.momentum is the checkpoint's 0.9, not the config's 0.5",
                "optimizer.nesterov is the checkpoint's False, not the config's True",
                "optimizer.weight_decay is the checkpoint's 0.0001, not the config's 0.1",
            ],
        ),
        (
            {"optimizer": ADAM},
            {"optimizer": {**ADAM, "betas": [0.8, 0.99]}},
            ["optimizer.betas is the checkpoint's [0.9, 0.999], not the config's [0.8, 0.99]"],
        ),
        ({"optimizer": ADAM}, {"optimizer": {**ADAM, "betas": [0.9, 0.999]}}, []),
        (
            {"paramwise": {"bias_lr_mult": 2.0}},
            {"paramwise": {"bias_lr_mult": 3.0}},
            ["optimizer.lr is the checkpoint's 0.2, not the config's 0.3"],
        ),
        (
            {"schedule": [WARMUP, {"type": "MultiStepLR", "milestones": [1, 2], "gamma": 0.1}]},
            {"schedule": [WARMUP, {"type": "MultiStepLR", "milestones": [1], "gamma": 0.5}]},
            [
                "gamma of param_scheduler.1 (MultiStepLR) is the checkpoint's 0.1, not the "
                "config's 0.5",
                "milestones of param_scheduler.1 (MultiStepLR) is the checkpoint's [1, 2], not "
                "the config's [1]",
            ],
        ),
        (
            {"schedule": WARMUP},
            {"schedule": {**WARMUP, "end": 4, "start_factor": 0.1}},
            [
                "end of param_scheduler.0 (LinearLR) is the checkpoint's 5, not the config's 4",
                "start_factor of param_scheduler.0 (LinearLR) is the checkpoint's 0.01, not the "
                "config's 0.1",
            ],
        ),
        (
            {"schedule": cosine(3)},
            {"schedule": cosine(2), "epochs": 2},  # shorter
            [
                "T_max of param_scheduler.0 (CosineAnnealingLR) is the checkpoint's 3, not the "
                "config's 2",
                "end of param_scheduler.0 (CosineAnnealingLR) is the checkpoint's 3, not the "
                "config's 2",  # mmengine's default is max_epochs
            ],
        ),
        (
            {"schedule": {"type": "OneCycleLR", "eta_max": 0.1, "total_steps": 5}},
            {"schedule": {"type": "OneCycleLR", "eta_max": 0.2, "total_steps": 5}},
            [
                "eta_max of param_scheduler.0 (OneCycleLR) is the checkpoint's 0.1, not the "
                "config's 0.2",
                "optimizer.lr",
                "optimizer.max_lr is the checkpoint's 0.1, not the config's 0.2",
                "optimizer.min_lr",
            ],
        ),
    ],
)
def test_values_that_the_checkpoint_overrides_are_named(
    tmp_path: Path, before: dict[str, Any], after: dict[str, Any], lines: list[str]
) -> None:
    common = {"schedule": {"type": "StepLR", "step_size": 2}, "epochs": 3}
    uninterrupted = train(tmp_path / "uninterrupted", **{**common, **before})
    checkpoint = tmp_path / "uninterrupted/epoch_1.pth"
    rest = train(tmp_path / "rest", **{**common, **after}, resume=checkpoint)
    told = said(tmp_path / "rest")
    anew = (
        "to start anew from its weights, train without --resume and with --cfg-options "
        f"load_from={checkpoint} resume=False"
    )
    expected = [f"resuming {checkpoint}: {line}" for line in [*lines, *[anew] * bool(lines)]]
    assert len(told) == len(expected)
    for line, start in zip(sorted(told), sorted(expected), strict=True):
        assert line.startswith(start)
    assert rest == {iteration: uninterrupted[iteration] for iteration in rest}


def test_weights_alone_are_loaded_without_a_word(tmp_path: Path) -> None:
    train(tmp_path / "first", cosine(3), epochs=3)
    checkpoint = str(tmp_path / "first/epoch_3.pth")
    train(tmp_path / "second", None, epochs=1, optimizer=ADAM, load_from=checkpoint)
    assert said(tmp_path / "second") == []


# What is refused


class OtherModel(BaseModel):
    """Has a layer less."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2)

    def forward(self, inputs: Sequence[torch.Tensor], index: Any, mode: str = "tensor") -> Any:
        return {"loss": self.linear(torch.stack(list(inputs))).square().mean()}


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ({}, {"optimizer": ADAM}, "its optimizer is SGD; the config's, Adam;"),
        ({"optimizer": ADAM}, {}, "its optimizer is Adam; the config's, SGD;"),
        (
            {"optimizer": ADAM},
            {"optimizer": {**ADAM, "type": "AdamW"}},
            "its optimizer is Adam; the config's, AdamW;",
        ),
        (
            {"custom_hooks": []},  # as mmengine alone writes it
            {"optimizer": ADAM},
            "its optimizer is one with dampening, momentum, nesterov; the config's, Adam with "
            "amsgrad, betas",
        ),
        (
            {},
            {"paramwise": {"norm_decay_mult": 0.0}},
            "its optimizer has 4 parameters in groups of 4; the config's, 4 parameters in groups "
            "of 1 (4 times) (what is frozen",
        ),
        (
            {},
            {"model": OtherModel()},
            "its optimizer has 4 parameters in groups of 4; the config's, 2 parameters in groups "
            "of 2 (what",
        ),
        (
            {},
            {"schedule": cosine(3)},
            "its param_scheduler is lr by ",
        ),
        ({}, {"schedule": None}, "the config's, none;"),
        ({}, {"schedule": [WARMUP, {"type": "StepLR", "step_size": 2}]}, "the config's, lr by "),
        (
            {},
            two_optimizers(norm=torch.optim.SGD, linear=torch.optim.SGD),
            "its optimizers are one without a name; the config's, norm, linear;",
        ),
        (
            two_optimizers(norm=torch.optim.SGD, linear=torch.optim.SGD),
            two_optimizers(norm=torch.optim.SGD),
            "its optimizers are norm, linear; the config's, norm;",
        ),
        (
            two_optimizers(norm=torch.optim.SGD, linear=torch.optim.SGD),
            two_optimizers(norm=torch.optim.SGD, linear=torch.optim.Adam),
            "its linear.optimizer is SGD; the config's, Adam;",
        ),
    ],
)
def test_what_cannot_be_resumed_is_refused_before_a_step(
    tmp_path: Path, before: dict[str, Any], after: dict[str, Any], why: str
) -> None:
    common = {"schedule": {"type": "StepLR", "step_size": 2}, "epochs": 2}
    train(tmp_path / "first", **{**common, **before})
    checkpoint = tmp_path / "first/epoch_1.pth"
    written = checkpoint.read_bytes()
    with pytest.raises(UserError) as caught:
        train(tmp_path / "second", **{**common, **after}, resume=checkpoint)
    message = str(caught.value)
    assert message.startswith(f"cannot resume {checkpoint}: ")
    assert why in message
    assert message.endswith(f"--cfg-options load_from={checkpoint} resume=False")
    assert "\n" not in message
    assert checkpoint.read_bytes() == written
    assert not list((tmp_path / "second").glob("*.pth"))
