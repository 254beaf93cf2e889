"""The models of the zoo are found by their names."""

from pathlib import Path

import pytest
from torch.hub import HASH_REGEX

from hrnet_mm.apis import model_zoo
from hrnet_mm.apis.model_zoo import (
    TASKS,
    find_model,
    nearest_names,
    print_models,
    public_weights,
    zoo_models,
)
from hrnet_mm.checkpoint.download import hash_in
from hrnet_mm.errors import UserError
from tests.zoo.configs import CONFIGS, leaves

NAME = "td-hm_hrnet-w32_8xb64-210e_coco-256x192"
WITHOUT_WEIGHTS = "td-hm_hrnet-w32_4xb32-210e_coco-256x192"
ADDRESSES = [model.weights for model in zoo_models() if model.weights]


def test_every_config_is_a_model_of_its_own_name() -> None:
    paths = {model.config.resolve() for model in zoo_models()}
    assert paths == {CONFIGS / name for name in leaves()}
    assert len({model.name for model in zoo_models()}) == len(leaves())
    assert all(find_model(model.config.stem) is model for model in zoo_models())


def test_weights_have_a_hash_and_a_name_of_their_own() -> None:
    assert len(ADDRESSES) == 74
    assert [address for address in ADDRESSES if hash_in(address) is None] == []
    assert len({Path(address).name for address in ADDRESSES}) == 74  # in one cache
    missed = [address for address in ADDRESSES if not HASH_REGEX.search(Path(address).name)]
    assert len(missed) == 25  # by torch.hub


def test_a_model_has_its_first_published_result() -> None:
    model = find_model(NAME)
    assert (model.task, model.dataset) == ("pose", "COCO val2017")
    assert model.metrics["AP"] == 74.6
    assert (model.weights or "").endswith(f"/{NAME}-81c58e40_20220909.pth")


@pytest.mark.parametrize("task", sorted(set(TASKS.values())))
def test_models_of_a_task(task: str) -> None:
    models = zoo_models(task)
    below = [model for model in models if f"/configs/{task}/" in model.config.as_posix()]
    toys = [model for model in models if model.name.startswith(f"{task}_")]
    assert models == below + toys
    assert len(toys) == 2


def test_an_unknown_task_is_said_with_the_choices() -> None:
    with pytest.raises(UserError, match=r"^task 'face': choose from pose, seg, det, cls$"):
        print_models("face")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (NAME.replace("8xb64", "8x64"), NAME),
        ("hrnet-w18_in1k", "hrnet-w18_4xb32-100e_in1k"),
        ("faster_rcnn_hrnetv2p_w18_1x_coco", "faster-rcnn_hrnetv2p-w18-1x_coco"),
        ("", ""),
    ],
)
def test_an_unknown_name_is_said_with_the_three_nearest(wrong: str, right: str) -> None:
    with pytest.raises(UserError) as error:
        find_model(wrong)
    start, _, names = str(error.value).partition("; the nearest names: ")
    assert start == f"there is no model {wrong}"
    assert right in names
    assert len(set(names.split(", "))) == 3
    assert all(find_model(name) for name in names.split(", "))


def test_public_weights_are_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_zoo, "fetch", lambda address: Path("cache", Path(address).name))
    assert public_weights(NAME) == Path("cache", f"{NAME}-81c58e40_20220909.pth")


def test_a_model_without_weights_is_said_with_some_that_have(tmp_path: Path) -> None:
    names = nearest_names(WITHOUT_WEIGHTS, with_weights=True)
    with pytest.raises(UserError, match=rf"^there are no public weights of .*: {names}$"):
        public_weights(WITHOUT_WEIGHTS)
    assert all(find_model(name).weights for name in names.split(", "))
    config = tmp_path / f"{NAME}.py"
    config.touch()
    with pytest.raises(UserError, match=f"^{config} is a config file: give a checkpoint too"):
        public_weights(str(config))


def test_the_table_has_all_names_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    print_models()
    lines = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in lines if line.strip()}
    assert {model.name for model in zoo_models()} < rows.keys()
    assert rows[NAME] == "pose COCO val2017 AP 74.6 yes"
    assert rows[WITHOUT_WEIGHTS] == "pose COCO val2017 AP 74.4"
