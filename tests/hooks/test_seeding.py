"""SeedHook: what is drawn depends on the place in the run alone."""

import json
import multiprocessing
import random
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler, pseudo_collate
from mmengine.device import get_device
from mmengine.evaluator import Evaluator
from mmengine.model import BaseModel, is_model_wrapper
from mmengine.runner import Runner, loops
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset

from hrnet_mm.hooks import SeedHook
from tests.tiny_runner import run_python

SIZE, BATCH = 6, 2


@pytest.fixture(autouse=True)
def _without_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """An iteration-based loop waits two seconds between passes, for its workers' sake."""
    monkeypatch.setattr(loops, "time", SimpleNamespace(sleep=lambda _: None))


NO_FILES: Any = dict(checkpoint=None, logger=None)


class Draws(Dataset):
    """Gives numbers from the three generators that augmentations use."""

    def __len__(self) -> int:
        return SIZE

    def get_data_info(self, index: int) -> dict[str, int]:
        return {"width": 1 + 2 * (index % 2), "height": 2}

    def __getitem__(self, index: int) -> dict[str, Any]:
        drawn = [np.random.rand(), random.random(), torch.rand(()).item()]
        return {"inputs": torch.tensor([index, *drawn], dtype=torch.float64)}


class Recorder(BaseModel):
    """Remembers what it was given, and what it drew itself as dropout would."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))
        self.seen: list[list[float]] = []
        self.drawn: list[float] = []
        self.validated: list[int] = []

    def forward(self, inputs: list[torch.Tensor], mode: str = "tensor") -> Any:
        if mode == "predict":
            indices = [int(x[0]) for x in inputs]
            self.validated += indices
            return indices
        assert mode == "loss"
        self.seen += torch.stack(inputs).tolist()
        self.drawn.append(torch.rand(()).item())
        return {"loss": self.weight * 0}


def train(
    work_dir: Path,
    *,
    loop: dict[str, Any],
    settings: dict[str, Any] | None = None,
    **loader: Any,
) -> Recorder:
    """Train a recorder; ``settings`` are those of the Runner, ``loader`` of its loader."""
    loop = dict(loop)
    sampler = loop.pop("sampler", "DefaultSampler")
    defaults: dict[str, Any] = dict(
        train_dataloader=dict(
            sampler=dict(type=sampler, shuffle=True),
            **{"dataset": Draws(), "batch_size": BATCH, "num_workers": 0, **loader},
        ),
        default_hooks=NO_FILES,
        randomness=dict(seed=0),
    )
    runner = Runner(
        model=Recorder(),
        work_dir=str(work_dir),
        train_cfg=loop,
        optim_wrapper=dict(optimizer=dict(type="SGD", lr=0.1)),
        custom_hooks=[dict(type="hrnet_mm.SeedHook")],
        experiment_name=f"{work_dir.name} {next(_runs)}",
        log_level="ERROR",
        **(defaults | (settings or {})),
    )
    assert any(isinstance(hook, SeedHook) for hook in runner.hooks)
    runner.train()
    for worker in multiprocessing.active_children():  # who is not told to end is waited for
        worker.terminate()
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    assert isinstance(model, Recorder)
    return model


_runs = count()  # mmengine wants a name of its own for each Runner


LOOPS: dict[str, dict[str, Any]] = {
    "epochs": dict(by_epoch=True, max_epochs=3),
    "iterations": dict(by_epoch=False, max_iters=9, sampler="InfiniteSampler"),
    "iterations over passes": dict(by_epoch=False, max_iters=9, sampler="DefaultSampler"),
}
RANDOMNESS: dict[str, dict[str, Any]] = {
    "one seed": dict(seed=0),
    "a seed for each rank": dict(seed=0, diff_rank_seed=True),
    "a random seed": dict(seed=None),
    "a random seed for each rank": dict(seed=None, diff_rank_seed=True),
}
RANKS = [
    *((loop, kind) for loop in ("epochs", "iterations") for kind in RANDOMNESS),
    ("iterations over passes", "a seed for each rank"),  # slow: mmengine pauses between passes
]


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_draws_do_not_depend_on_the_workers(tmp_path: Path, loop: dict[str, Any]) -> None:
    alone = train(tmp_path / "a", loop=loop)
    assert len(alone.seen) == 3 * SIZE
    loaders: list[Any] = [dict(num_workers=1), dict(num_workers=2, persistent_workers=True)]
    for loader in loaders:
        other = train(tmp_path / "b", loop=loop, **loader)
        assert other.seen == alone.seen
        assert other.drawn == alone.drawn


def test_batch_samplers_that_ask_the_sampler_for_its_dataset(tmp_path: Path) -> None:
    import mmdet.datasets  # noqa: F401  (registers the batch sampler)

    batch_sampler = dict(type="mmdet.AspectRatioBatchSampler", batch_size=BATCH)
    plain = train(tmp_path / "a", loop=LOOPS["epochs"])
    model = train(
        tmp_path / "b", loop=LOOPS["epochs"], batch_size=None, batch_sampler=batch_sampler
    )
    # By epoch, the samples are the same in another order: of each three of a bucket, two are a
    # batch, and the two that are left come last.
    per_epoch = SIZE // BATCH
    batches = [model.seen[i : i + BATCH] for i in range(0, len(model.seen), BATCH)]
    for epoch in range(3):
        begin = epoch * SIZE
        assert sorted(model.seen[begin : begin + SIZE]) == sorted(plain.seen[begin : begin + SIZE])
        *full, left = batches[epoch * per_epoch : (epoch + 1) * per_epoch]
        buckets = [{int(index) % 2 for index, *_ in batch} for batch in full]
        assert sorted(buckets, key=min) == [{0}, {1}]
        assert {int(index) % 2 for index, *_ in left} == {0, 1}


SAMPLERS: dict[str, dict[str, Any]] = {
    "plain": {},
    "of equal aspect ratios": dict(
        batch_size=None,
        batch_sampler=dict(type="mmdet.AspectRatioBatchSampler", batch_size=BATCH),
    ),
}


@pytest.mark.parametrize("num_workers", [0, 1])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_checkpoint_within_an_epoch_goes_on_there(
    sampler: str, num_workers: int, tmp_path: Path
) -> None:
    import mmdet.datasets  # noqa: F401  (registers the batch sampler)

    every = dict(type="CheckpointHook", by_epoch=False, interval=1)
    settings = dict(default_hooks=dict(checkpoint=every, logger=None))
    options = SAMPLERS[sampler] | dict(num_workers=num_workers)
    whole = train(tmp_path / "a", loop=LOOPS["epochs"], settings=settings, **options)
    for done in (1, 3, 5):
        resumed = train(
            tmp_path / "b",
            loop=LOOPS["epochs"],
            settings=dict(resume=True, load_from=str(tmp_path / f"a/iter_{done}.pth")),
            **options,
        )
        assert resumed.seen == whole.seen[done * BATCH :]
        assert resumed.drawn == whole.drawn[done:]


class Batched(Draws):
    """Loads a batch at once, as torch's Subset does."""

    def __getitems__(self, indices: list[int]) -> list[dict[str, Any]]:
        assert all(type(index) is int for index in indices)
        return [{**self[index], "at once": True} for index in indices]


def loader_of(dataset: Any, *, shuffle: bool = True) -> DataLoader:
    """Make a loader of this very dataset; the Runner copies what it is given in a dict."""
    sampler = DefaultSampler(dataset, shuffle=shuffle, seed=0)
    return DataLoader(dataset, sampler=sampler, batch_size=BATCH, collate_fn=pseudo_collate)


@pytest.mark.parametrize("num_workers", [0, 1])
@pytest.mark.parametrize(
    ("dataset", "wrap"),
    [
        (Draws(), lambda dataset: dataset),
        (Draws(), lambda dataset: ConcatDataset([dataset, dataset])),
        (Draws(), lambda dataset: Subset(dataset, range(SIZE))),
        (Batched(), lambda dataset: dataset),
        (Batched(), lambda dataset: Subset(dataset, range(SIZE))),
        (Subset(Draws(), range(SIZE)), lambda dataset: dataset),
        (ConcatDataset([Draws()]), lambda dataset: dataset),
    ],
    ids=[
        "same",
        "in ConcatDataset",
        "in Subset",
        "at once",
        "at once in Subset",
        "Subset",
        "Concat",
    ],
)
def test_another_loader_may_hold_the_same_dataset(
    tmp_path: Path, dataset: Any, wrap: Callable[[Any], Any], num_workers: int
) -> None:
    plain = train(tmp_path / "a", loop=LOOPS["epochs"])
    other = DataLoader(wrap(dataset), batch_size=4, num_workers=num_workers, collate_fn=list)
    unseeded = [[sample.keys() for sample in batch] for batch in other]
    model = train(
        tmp_path / "b", loop=LOOPS["epochs"], settings=dict(train_dataloader=loader_of(dataset))
    )
    assert model.seen == plain.seen
    batches = list(other)
    assert [[sample.keys() for sample in batch] for batch in batches] == unseeded
    indices = [int(sample["inputs"][0]) for batch in batches for sample in batch]
    assert indices == [*range(SIZE)] * (len(indices) // SIZE)


def test_validation_may_share_the_dataset_of_training(tmp_path: Path) -> None:
    dataset = Draws()
    settings = dict(
        train_dataloader=loader_of(dataset),
        val_dataloader=loader_of(dataset, shuffle=False),
        val_cfg={},
        val_evaluator=Evaluator([]),
    )
    plain = train(tmp_path / "a", loop=LOOPS["epochs"])
    model = train(tmp_path / "b", loop=LOOPS["epochs"], settings=settings)
    assert model.seen == plain.seen
    assert model.validated == [*range(SIZE)] * 3


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_every_sample_and_iteration_draws_something_else(
    tmp_path: Path, loop: dict[str, Any]
) -> None:
    model = train(tmp_path / "a", loop=loop, num_workers=2)
    numbers = [tuple(drawn) for _, *drawn in model.seen]
    assert len(set(numbers)) == len(numbers)
    assert len(set(model.drawn)) == len(model.drawn)
    assert {index for index, *_ in model.seen} == set(range(SIZE))


def test_another_seed_draws_something_else(tmp_path: Path) -> None:
    loop = LOOPS["epochs"]
    one, two = (
        train(tmp_path / str(seed), loop=loop, settings=dict(randomness=dict(seed=seed)))
        for seed in (1, 2)
    )
    assert not {tuple(x[1:]) for x in one.seen} & {tuple(x[1:]) for x in two.seen}
    assert [x[0] for x in one.seen] != [x[0] for x in two.seen]


@pytest.fixture(scope="module")
def two_ranks(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What each of two processes saw of every loop and kind of seed, at once and resumed."""
    folder = tmp_path_factory.mktemp("two_ranks")
    launch = "import sys; from torch.distributed.run import main; main(sys.argv[1:])"
    torchrun = ["--standalone", "--nproc_per_node", "2", "-m", "tests.hooks.two_ranks"]
    run = run_python(launch, *torchrun, str(folder))
    assert run.returncode == 0, run.stderr
    return [json.loads((folder / f"rank{rank}.json").read_text()) for rank in range(2)]


@pytest.mark.slow
@pytest.mark.skipif(get_device() != "cpu", reason="there is an accelerator")
@pytest.mark.parametrize(("loop", "randomness"), RANKS)
def test_ranks_share_the_data_and_draw_for_themselves(
    two_ranks: list[dict[str, Any]], loop: str, randomness: str
) -> None:
    uninterrupted, resumed = zip(
        *(seen[f"{loop}, {randomness}"] for seen in two_ranks), strict=True
    )
    assert len(uninterrupted[0]) == len(uninterrupted[1])
    samples = [sample for pair in zip(*uninterrupted, strict=True) for sample in pair]
    indices = [index for index, *_ in samples]
    passes = [sorted(indices[i : i + SIZE]) for i in range(0, len(indices) - SIZE + 1, SIZE)]
    assert passes == [[*range(SIZE)]] * len(passes)
    assert passes
    assert len({tuple(drawn) for _, *drawn in samples}) == len(samples)
    for before, after in zip(uninterrupted, resumed, strict=True):
        assert after
        assert after == before[-len(after) :]


def test_stock_mmengine_repeats_its_draws_in_every_epoch(tmp_path: Path) -> None:
    """The fault that the hook repairs besides resuming; when this fails, change its docstring."""
    runner = Runner(
        model=Recorder(),
        work_dir=str(tmp_path),
        train_dataloader=dict(
            batch_size=BATCH,
            dataset=Draws(),
            sampler=dict(type="DefaultSampler", shuffle=False),
            num_workers=1,
        ),
        train_cfg=dict(by_epoch=True, max_epochs=2),
        optim_wrapper=dict(optimizer=dict(type="SGD", lr=0.1)),
        default_hooks=NO_FILES,
        randomness=dict(seed=0),
        experiment_name="stock",
        log_level="ERROR",
    )
    runner.train()
    assert isinstance(runner.model, Recorder)
    from_numpy = [x[1] for x in runner.model.seen]
    assert from_numpy[:SIZE] == from_numpy[SIZE:]
