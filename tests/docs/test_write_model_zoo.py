"""What is written from the published results is up to date, and what OpenMMLab's tools read."""

from pathlib import Path
from typing import Any

import yaml
from modelindex.load_model_index import load as load_model_index

from docs.write_model_zoo import PAGE, render, stale_files
from hrnet_mm.benchmark.published import load_published
from tests.conftest import REPOSITORY
from tests.zoo.configs import leaves

ROWS = load_published()


def models() -> list[Any]:
    index = yaml.safe_load((REPOSITORY / "model-index.yml").read_text())
    files = [yaml.safe_load((REPOSITORY / path).read_text()) for path in index["Import"]]
    return [model for file in files for model in file["Models"]]


def test_generated_files_are_up_to_date() -> None:
    stale = stale_files(REPOSITORY, ROWS)
    assert stale == [], "run: make zoo"


def test_staleness_is_noticed() -> None:
    assert render(ROWS[1:])[PAGE] != (REPOSITORY / PAGE).read_text()


def test_every_config_is_in_the_table() -> None:
    page = (REPOSITORY / PAGE).read_text()
    assert [name for name in leaves() if f"(../configs/{name})" not in page] == []


def test_all_metafiles_are_written() -> None:
    found = {
        path.relative_to(REPOSITORY).as_posix() for path in REPOSITORY.glob("configs/**/*.yml")
    }
    assert found <= render(ROWS).keys()


def test_metafiles_say_what_is_cited_converted_and_measured() -> None:
    by_config = {model["Config"].removeprefix("configs/"): model for model in models()}
    assert sorted(by_config) == leaves()
    for row in ROWS:
        for result in row.results:
            if result.config is None:
                continue
            entry = dict(
                Dataset=f"{row.dataset} {row.split}",
                Metrics=dict(result.metrics),
                Source=result.where,
                Status=result.status,
            )
            found = by_config[result.config]["Results"]
            assert any(entry.items() <= each.items() for each in found), (row.title, entry)


def test_names_are_unique_and_the_stems_of_their_files() -> None:
    names = [model["Name"] for model in models()]
    assert len(set(names)) == len(names)
    assert all(Path(model["Config"]).stem == model["Name"] for model in models())


def test_the_model_index_loads_in_openmmlabs_reader() -> None:
    index: Any = load_model_index(str(REPOSITORY / "model-index.yml"))
    index.build_models_with_collections()
    assert len(index.models) == len(leaves())
