"""A training resumes at its batch, and loads none of those before."""

import time
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.dataset import InfiniteSampler
from mmengine.logging import MMLogger

from tests.hooks.test_seeding import BATCH, SIZE, Draws, _without_pause, train  # noqa: F401

ITERATIONS = 9
SAMPLERS: dict[str, dict[str, Any]] = {
    "infinite": dict(sampler="InfiniteSampler"),
    "by passes": dict(sampler="DefaultSampler"),
}
ASPECT_RATIOS = dict(
    batch_size=None, batch_sampler=dict(type="mmdet.AspectRatioBatchSampler", batch_size=BATCH)
)
LOADERS: dict[str, dict[str, Any]] = {
    "one process": {},
    "workers that persist": dict(num_workers=2, persistent_workers=True),
    "aspect ratios": ASPECT_RATIOS,
}


class Counted(Draws):
    """Counts what is loaded in this process; the Runner copies the dataset."""

    loaded = 0

    def __getitem__(self, index: int) -> dict[str, Any]:
        Counted.loaded += 1
        return super().__getitem__(index)


def _train(folder: Path, sampler: str, *, settings: dict[str, Any], **loader: Any) -> Any:
    import mmdet.datasets  # noqa: F401  (registers the batch sampler)

    hooks = dict(checkpoint=dict(type="CheckpointHook", by_epoch=False, interval=1), logger=None)
    loop = dict(by_epoch=False, max_iters=ITERATIONS, **SAMPLERS[sampler])
    return train(folder, loop=loop, settings=dict(default_hooks=hooks) | settings, **loader)


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_goes_on_with_the_samples_of_an_uninterrupted_run(
    sampler: str, loader: str, tmp_path: Path
) -> None:
    whole = _train(tmp_path, sampler, settings={}, **LOADERS[loader])
    # Also at and around the end of a pass, which is after three batches.
    for done in (1, 2, 3, 4, 8):
        Counted.loaded = 0
        settings = dict(resume=True, load_from=str(tmp_path / f"iter_{done}.pth"))
        rest = _train(tmp_path, sampler, settings=settings, dataset=Counted(), **LOADERS[loader])
        assert rest.seen == whole.seen[done * BATCH :]
        assert rest.drawn == whole.drawn[done:]
        assert Counted.loaded == (0 if "workers" in loader else len(rest.seen))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_takes_no_longer_after_many_iterations(sampler: str, tmp_path: Path) -> None:
    _train(tmp_path, sampler, settings={})
    content = torch.load(tmp_path / "iter_1.pth", weights_only=False)
    seconds = {}
    for done in (10, 100_000):
        content["meta"]["iter"] = done
        torch.save(content, tmp_path / "late.pth")
        settings = dict(resume=True, load_from=str(tmp_path / "late.pth"))
        loop = dict(by_epoch=False, max_iters=done + 2, **SAMPLERS[sampler])
        start = time.monotonic()
        model = train(tmp_path / str(done), loop=loop, settings=settings)
        seconds[done] = time.monotonic() - start
        assert len(model.seen) == 2 * BATCH
    assert seconds[100_000] < seconds[10] + 2


def _train_epochs(folder: Path, *, settings: dict[str, Any], **loader: Any) -> Any:
    import mmdet.datasets  # noqa: F401  (registers the batch sampler)

    hooks = dict(checkpoint=dict(type="CheckpointHook", by_epoch=False, interval=1), logger=None)
    loop = dict(by_epoch=True, max_epochs=ITERATIONS * BATCH // SIZE)
    return train(folder, loop=loop, settings=dict(default_hooks=hooks) | settings, **loader)


@pytest.mark.parametrize("loader", ["one process", "workers that persist"])
def test_goes_on_in_the_middle_of_an_epoch(loader: str, tmp_path: Path) -> None:
    whole = _train_epochs(tmp_path, settings={}, **LOADERS[loader])
    for done in (1, 2, 3, 4, 8):
        Counted.loaded = 0
        settings = dict(resume=True, load_from=str(tmp_path / f"iter_{done}.pth"))
        rest = _train_epochs(tmp_path, settings=settings, dataset=Counted(), **LOADERS[loader])
        assert rest.seen == whole.seen[done * BATCH :]
        assert rest.drawn == whole.drawn[done:]
        assert Counted.loaded == (0 if "workers" in loader else len(rest.seen))


def test_says_that_an_epoch_starts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _train_epochs(tmp_path, settings={})
    messages: list[str] = []
    monkeypatch.setattr(MMLogger, "warning", lambda _, text, *__: messages.append(text))
    settings = dict(resume=True, load_from=str(tmp_path / "iter_4.pth"))
    rest = _train_epochs(tmp_path, settings=settings, batch_size=3)
    assert len(rest.seen) == 2 * SIZE  # the second epoch and the third
    (message,) = [text for text in messages if "middle of epoch" in text]
    assert message == (
        "the checkpoint is of the middle of epoch 2, which starts from its beginning: the epochs "
        "of its run were of 3 batches, and are of 2 now"
    )


def test_the_order_is_the_samplers(tmp_path: Path) -> None:
    model = _train(tmp_path, "infinite", settings={})
    indices = iter(InfiniteSampler(range(SIZE), seed=0))
    assert [int(index) for index, *_ in model.seen] == [next(indices) for _ in model.seen]
