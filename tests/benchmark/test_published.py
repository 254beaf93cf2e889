"""The published results are whole, and agree with the configs that reproduce them."""

import re
from pathlib import Path

import pytest
import yaml

from hrnet_mm.benchmark.published import load_published
from tests.zoo.configs import CONFIGS, leaves, load

ROWS = load_published()
# Figures that a head names by the way are not told apart from what it reproduces, so only that each
# published figure is there is checked, not that no other is.
HEAD = {name: (CONFIGS / name).read_text().split('"""')[1] for name in leaves()}


def test_every_config_is_in_the_table_and_nothing_else() -> None:
    named = {path for row in ROWS for path in row.configs}
    assert sorted(named) == leaves()


@pytest.mark.parametrize("name", [name for name in leaves() if "toy" not in name])
def test_a_config_opens_with_its_published_figures(name: str) -> None:
    if not (figures := re.findall(r"Reproduces:.*?(?=\n\w|\Z)", HEAD[name], re.DOTALL)):
        pytest.skip("measured here: its head has a bound that must hold, not a figure")
    printed = {float(number) for number in re.findall(r"\d+\.\d+", figures[0])}
    for row in ROWS:
        for result in row.results:
            if result.config == name and result.source in ("official", "openmmlab", "paper"):
                metric, value = next(iter(result.metrics.items()), (None, None))
                assert metric is None or value in printed, (row.title, result)


def test_the_width_and_input_of_a_row_are_those_of_its_config() -> None:
    for row in ROWS:
        for path in row.configs:
            cfg = load(path)
            assert cfg.model.backbone.arch == row.width, path
            if "decoder" in cfg.model.get("head", {}):
                assert tuple(cfg.model.head.decoder.input_size) == row.input_size, path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(source="somebody"), "give one of paper, official"),
        (dict(metric={"AP": 1}), "unknown; the fields are"),
        (dict(config=None), "why there is none"),
    ],
)
def test_a_wrong_row_is_named(change: dict[str, object], message: str, tmp_path: Path) -> None:
    result = dict(source="paper", where="table 1", metrics={"AP": 1.0}, config="x.py")
    row = dict(
        task="pose",
        dataset="COCO",
        split="val2017",
        method="m",
        width="w32",
        input="1x1",
        results=[{key: v for key, v in (result | change).items() if v is not None}],
    )
    (tmp_path / "published.yml").write_text(yaml.safe_dump([row]))
    with pytest.raises(ValueError, match=message):
        load_published(tmp_path / "published.yml")


def test_every_row_has_figures_with_a_source() -> None:
    for row in ROWS:
        assert row.results, row.title
        assert all(result.where for result in row.results), row.title


def test_rows_are_told_apart() -> None:
    titles = [(row.title, row.task) for row in ROWS]
    assert len(set(titles)) == len(titles)


def test_measured_rows_are_those_without_a_publication() -> None:
    for row in ROWS:
        for result in row.results:
            assert (result.status == "measured") == (result.source == "here"), row.title
