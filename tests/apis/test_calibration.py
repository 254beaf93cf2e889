"""A network is calibrated with what it sees in a test, of the images of its training."""

from collections.abc import Callable

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from hrnet_mm.apis.calibration import CalibrationImages
from hrnet_mm.apis.model import build_model
from hrnet_mm.deploy.tasks import Window
from hrnet_mm.errors import UserError
from tests.apis.models import ToyModel

Models = Callable[[str], ToyModel]


def images_of(cfg: Config, *, number: int = 4) -> CalibrationImages:
    return CalibrationImages(cfg, number=number)


def seen_in_a_test(cfg: Config) -> list[np.ndarray]:
    """Return what the network gets where the training set is tested."""
    loader = dict(cfg.test_dataloader, batch_size=1)
    loader["dataset"] = dict(cfg.train_dataloader.dataset, pipeline=loader["dataset"]["pipeline"])
    preprocess = build_model(cfg).data_preprocessor
    return [preprocess(batch)["inputs"].numpy() for batch in Runner.build_dataloader(loader)]


@pytest.mark.parametrize("task", ["pose", "seg", "cls", "det"])
def test_they_are_the_training_set_in_a_test(task: str, toy_model: Models) -> None:
    cfg = toy_model(task).cfg
    expected = {image.tobytes() for image in seen_in_a_test(cfg)}
    found = images_of(cfg, number=10_000)
    assert len(found) == len(expected)
    assert {image.tobytes() for image in found} == expected
    assert found[0].dtype == np.float32
    some = images_of(cfg, number=2)
    assert [image.tobytes() for image in some] == [found[i].tobytes() for i in range(2)]


def test_datasets_may_be_wrapped(toy_model: Models) -> None:
    cfg = toy_model("seg").cfg
    wrapped = Config.fromstring(cfg.pretty_text, ".py")
    dataset = cfg.train_dataloader.dataset
    wrapped.train_dataloader.dataset = dict(type="RepeatDataset", times=3, dataset=dataset)
    assert len(images_of(wrapped, number=100)) == len(images_of(cfg, number=100))


def test_they_get_the_size_of_the_graph(toy_model: Models) -> None:
    images = images_of(toy_model("seg").cfg)
    whole = images[0]
    images.window = Window(size=(50, 40), stride=(20, 20))
    top, left = ((side - part) // 2 for side, part in zip(whole.shape[2:], (40, 50), strict=True))
    np.testing.assert_array_equal(images[0], whole[..., top : top + 40, left : left + 50])
    images.window, images.size = None, (64, 96)
    assert images[0].shape == (1, 3, 96, 64)


def test_without_a_training_set_there_are_none(toy_model: Models) -> None:
    cfg = Config.fromstring(toy_model("seg").cfg.pretty_text, ".py")
    cfg.pop("train_dataloader")
    with pytest.raises(UserError, match=r"--int8: .* has no train_dataloader\.dataset"):
        images_of(cfg)
