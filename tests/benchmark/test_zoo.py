"""What is written from the published results is up to date, and what OpenMMLab's tools read."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from modelindex.load_model_index import load as load_model_index

from hrnet_mm.benchmark.published import load_published
from hrnet_mm.benchmark.zoo import BEGIN, END, render, stale_files
from tests.conftest import REPOSITORY
from tests.zoo.configs import leaves

ROWS = load_published()


def models() -> list[Any]:
    index = yaml.safe_load((REPOSITORY / "model-index.yml").read_text())
    files = [yaml.safe_load((REPOSITORY / path).read_text()) for path in index["Import"]]
    return [model for file in files for model in file["Models"]]


def test_generated_files_are_up_to_date() -> None:
    stale = stale_files(REPOSITORY, ROWS)
    assert stale == [], "run: python tools/model_zoo.py"


def test_staleness_is_noticed() -> None:
    files = render(ROWS[1:], readme=(REPOSITORY / "README.md").read_text())
    assert files["README.md"] != (REPOSITORY / "README.md").read_text()


def test_text_around_the_table_is_kept() -> None:
    readme = render(ROWS, readme=f"before\n{BEGIN}\nold\n{END}\nafter\n")["README.md"]
    assert readme.startswith(f"before\n{BEGIN}\n")
    assert readme.endswith(f"{END}\nafter\n")
    assert "old\n" not in readme
    with pytest.raises(ValueError, match=r"README\.md: put the lines"):
        render(ROWS, readme="nowhere to put it")


def test_every_config_is_in_the_readme() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    assert [name for name in leaves() if f"(configs/{name})" not in readme] == []


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
