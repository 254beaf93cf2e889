"""The files generated from ``published.yml``: the README's table, metafiles, model index."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from hrnet_mm.benchmark.published import SOURCES, Result, Row
from hrnet_mm.errors import UserError
from hrnet_mm.tables import markdown_table
from hrnet_mm.version import __version__

BEGIN, END = "<!-- model zoo: tools/model_zoo.py writes what follows -->", "<!-- model zoo: end -->"

_TASK_NAMES = {  # as model indices call them
    "pose": "Body 2D Keypoint",
    "landmarks": "Facial Landmark Detection",
    "segmentation": "Semantic Segmentation",
    "detection": "Object Detection",
    "classification": "Image Classification",
}
_MAX_METRICS = 4  # in a cell


def render(rows: Sequence[Row], *, readme: str) -> dict[str, str]:
    """Return the text of each generated file by its path from the repository's root.

    Args:
        rows: The published results.
        readme: The current README, whose text around the table is kept.

    Raises:
        UserError: The README lacks the markers around the table.
    """
    files = {"README.md": _readme(rows, readme)}
    models = sorted(_models(rows), key=lambda model: str(Path(model["Config"]).parent))
    for folder, group in groupby(models, key=lambda model: str(Path(model["Config"]).parent)):
        files[f"{folder}/metafile.yml"] = _metafile(folder, list(group))
    index = dict(Import=[path for path in files if path.endswith("metafile.yml")])
    return files | {"model-index.yml": _yaml(index)}


def write(root: Path, rows: Sequence[Row]) -> list[Path]:
    """Write the generated files below the repository's root; return those that have changed."""
    changed = [root / path for path in stale_files(root, rows)]
    for path, text in render(rows, readme=(root / "README.md").read_text()).items():
        (root / path).write_text(text)
    return changed


def stale_files(root: Path, rows: Sequence[Row]) -> list[str]:
    """Return the generated files that differ from what `write` would write."""
    files = render(rows, readme=(root / "README.md").read_text())
    return [
        path
        for path, text in files.items()
        if not (root / path).is_file() or (root / path).read_text() != text
    ]


def _readme(rows: Sequence[Row], readme: str) -> str:
    if readme.count(BEGIN) != 1 or readme.count(END) != 1:
        raise UserError(f"README.md: put the lines {BEGIN} and {END} where the table belongs")
    before, rest = readme.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{model_table(rows)}\n{END}{after}"


def model_table(rows: Sequence[Row]) -> str:
    """Return the table of all models in Markdown, by dataset, and of those without a config."""
    served = [row for row in rows if row.unserved is None]
    sections = dict.fromkeys((row.task, row.dataset, row.split) for row in served)
    tables = [
        _section(section, [r for r in served if (r.task, r.dataset, r.split) == section])
        for section in sections
    ]
    return "\n".join([*tables, _unserved([row for row in rows if row.unserved is not None])])


def _section(section: tuple[str, str, str], rows: Sequence[Row]) -> str:
    task, dataset, split = section
    metrics = list(dict.fromkeys(m for row in rows for r in row.results for m in r.metrics))
    shown = metrics[:_MAX_METRICS]
    sources = [s for s in SOURCES if any(result.source == s for r in rows for result in r.results)]
    headings = ["model", "width", "input", "params, M", "GMACs", *(SOURCES[s] for s in sources)]
    lines = [
        f"<details><summary>{dataset}, {split}: {task}, {' / '.join(shown)}</summary>",
        "",
        markdown_table([*headings, "configs"], [_cells(row, sources, shown) for row in rows]),
        *(f"- {row.method}, {row.width}, {row.input}: {row.note}" for row in rows if row.note),
        "",
        "</details>",
        "",
    ]
    return "\n".join(lines)


def _cells(row: Row, sources: Sequence[str], metrics: Sequence[str]) -> list[str]:
    cost = ["" if value is None else _number(value) for value in (row.params, row.macs)]
    figures = [_figures([r for r in row.results if r.source == s], metrics) for s in sources]
    links = " ".join(f"[{_kind(row, path)}](configs/{path})" for path in row.configs)
    return [row.method, row.width, row.input, *cost, *figures, links]


def _kind(row: Row, config: str) -> str:
    """Return whose recipe a config follows."""
    sources = {result.source for result in row.results if result.config == config}
    if sources & {"official", "paper"}:
        return "official"
    return {"openmmlab": "OpenMMLab", "here": "ours", "follow-up": "follow-up"}[sources.pop()]


def _number(value: float) -> str:
    """Print a figure as tables do, with one decimal at least."""
    return f"{value:.1f}" if round(value, 1) == value else f"{value:g}"


def _figures(results: Sequence[Result], metrics: Sequence[str]) -> str:
    """Format the figures of one source; a row may have several, from the paper and a README."""
    cells = []
    for result in results:
        values = [_number(result.metrics[m]) if m in result.metrics else "-" for m in metrics]
        while values and values[-1] == "-":
            values.pop()
        mark = " (converted)" if result.status == "converted" else ""
        cells.append(" / ".join(values) + mark)
    return "; ".join(dict.fromkeys(cells))


def _unserved(rows: Sequence[Row]) -> str:
    cells = [
        (
            row.method,
            f"{row.width} {row.input}",
            f"{row.dataset} {row.split}",
            "; ".join(_named_figures(result) for result in row.results),
            str(row.unserved),
        )
        for row in rows
    ]
    table = markdown_table(("model", "width", "data", "figures", "reason"), cells)
    title = "Published, but without a config here"
    return f"<details><summary>{title}</summary>\n\n{table}\n</details>\n"


def _named_figures(result: Result) -> str:
    return ", ".join(f"{metric} {_number(value)}" for metric, value in result.metrics.items())


def _models(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Yield a metafile's entry for each config, with all results that it reproduces."""
    configs = sorted({path for row in rows for path in row.configs})
    for path in configs:
        found = [(row, r) for row in rows for r in row.results if r.config == path]
        row = found[0][0]
        model: dict[str, Any] = {
            "Name": Path(path).stem,
            "In Collection": _collection(str(Path(f"configs/{path}").parent)),
            "Config": f"configs/{path}",
            "Metadata": {"Architecture": [f"HRNet {row.width}"], "Training Data": row.dataset},
            "Results": [
                {
                    "Task": _TASK_NAMES[row.task],
                    "Dataset": f"{row.dataset} {row.split}",
                    "Metrics": dict(result.metrics),
                    "Source": result.where,
                    "Status": result.status,
                }
                for row, result in found
            ],
        }
        weights = [result.weights for _, result in found if result.weights]
        yield model | ({"Weights": weights[0]} if weights else {})


def _collection(folder: str) -> str:
    return "HRNet, " + folder.removeprefix("configs/")


def _metafile(folder: str, models: list[dict[str, Any]]) -> str:
    collection = {
        "Name": _collection(folder),
        "Paper": {
            "Title": "Deep High-Resolution Representation Learning for Visual Recognition",
            "URL": "https://arxiv.org/abs/1908.07919",
        },
        "README": "README.md",
        "Code": {"Version": __version__},
    }
    return _yaml(dict(Collections=[collection], Models=models))


def _yaml(content: dict[str, Any]) -> str:
    head = "# Written by tools/model_zoo.py from hrnet_mm/benchmark/published.yml.\n"
    return head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
