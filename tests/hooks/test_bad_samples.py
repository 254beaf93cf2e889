"""Images that cannot be read are replaced, up to a number, always by the same others."""

import multiprocessing
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import cv2
import mmcv.transforms  # noqa: F401  (registers them)
import numpy as np
import pytest
import torch
from mmengine.dataset import BaseDataset
from mmengine.model import BaseModel
from mmengine.registry import DATASETS
from mmengine.runner import Runner

from hrnet_mm.data.damaged_images import damaged_images_refused
from hrnet_mm.errors import UserError
from hrnet_mm.hooks import SkipBadSamplesHook

SIZE = 6


@DATASETS.register_module()
class Pictures(BaseDataset):
    """Images whose value is their number."""

    def load_data_list(self) -> list[dict[str, Any]]:
        return [dict(img_path=f"{self.data_root}/{number}.png") for number in range(SIZE)]


class Recorder(BaseModel):
    """Notes which images it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))
        self.seen: list[int] = []

    def forward(self, img: list[Any], mode: str = "tensor", **_: Any) -> Any:
        self.seen += [int(np.asarray(image).flat[0]) for image in img]
        return {"loss": self.weight * 0}


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(SIZE):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((4, 4, 3), number, np.uint8))
    with damaged_images_refused():
        yield folder


def train(
    pictures: Path, *, limit: int, workers: int = 0, by_epoch: bool = True, wrapped: bool = False
) -> Recorder:
    dataset: dict[str, Any] = dict(
        type="mmengine.Pictures",
        data_root=str(pictures),
        pipeline=[dict(type="mmcv.LoadImageFromFile")],
    )
    if wrapped:
        dataset = dict(type="mmengine.ConcatDataset", datasets=[dataset, dataset])
    sampler = "DefaultSampler" if by_epoch else "InfiniteSampler"
    runner = Runner(
        model=Recorder(),
        work_dir=str(pictures.parent / "work"),
        train_dataloader=dict(
            dataset=dataset,
            sampler=dict(type=sampler, shuffle=False),
            batch_size=2,
            num_workers=workers,
            collate_fn=dict(type="pseudo_collate"),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=2)
        if by_epoch
        else dict(by_epoch=False, max_iters=6),
        optim_wrapper=dict(optimizer=dict(type="SGD", lr=0.1)),
        default_hooks=dict(checkpoint=None, logger=None),  # type: ignore
        custom_hooks=[
            dict(type="hrnet_mm.SeedHook"),
            dict(type="hrnet_mm.SkipBadSamplesHook", limit=limit),
        ],
        experiment_name=f"bad_samples_{next(_runs)}",
        log_level="WARNING",
    )
    try:
        runner.train()
    finally:
        for worker in multiprocessing.active_children():  # who is not told to end is waited for
            worker.terminate()
    assert isinstance(runner.model, Recorder)
    return runner.model


_runs = count()


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("by_epoch", [True, False])
def test_the_next_one_takes_the_place(by_epoch: bool, workers: int, pictures: Path) -> None:
    _truncate(pictures / "1.png")
    (pictures / "5.png").unlink()
    model = train(pictures, limit=2, workers=workers, by_epoch=by_epoch)
    assert model.seen == [0, 2, 2, 3, 4, 0] * 2
    listed = (pictures.parent / "work/skipped_samples.txt").read_text().splitlines()
    assert len(listed) == 2
    assert any(f"the image {pictures}/1.png is truncated" in line for line in listed)
    assert any(f"{pictures}/5.png" in line for line in listed)


def test_it_is_of_the_same_part_of_a_joined_dataset(pictures: Path) -> None:
    _truncate(pictures / "5.png")
    assert train(pictures, limit=1, wrapped=True).seen == [0, 1, 2, 3, 4, 0] * 4


def test_they_are_listed_at_the_end(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _truncate(pictures / "1.png")
    train(pictures, limit=3)
    said = capsys.readouterr()
    assert "1 images not read, but replaced by others: the image" in said.err + said.out


@pytest.mark.parametrize("workers", [0, 2])
def test_one_more_ends_the_training_and_is_named(workers: int, pictures: Path) -> None:
    for number in (0, 2, 4):
        _truncate(pictures / f"{number}.png")
    with pytest.raises(UserError) as caught:
        train(pictures, limit=2, workers=workers)
    message = str(caught.value).splitlines()[-1]
    assert "2 others were skipped already" in message
    assert str(pictures) in message


def test_a_dataset_without_any_is_refused(pictures: Path) -> None:
    for path in pictures.glob("*.png"):
        _truncate(path)
    with pytest.raises(UserError, match="none of the 6 images of Pictures can be read"):
        train(pictures, limit=6)


def test_a_new_training_begins_a_new_list(pictures: Path) -> None:
    whole = (pictures / "1.png").read_bytes()
    _truncate(pictures / "1.png")
    train(pictures, limit=1)
    (pictures / "1.png").write_bytes(whole)
    train(pictures, limit=1)
    assert not (pictures.parent / "work/skipped_samples.txt").read_text()


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(UserError, match="limit=0; give at least 1"):
        SkipBadSamplesHook(limit=0)
