"""Write what comes from published.yml: docs/model_zoo.md, the metafiles and model-index.yml."""

import argparse
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from hrnet_mm.benchmark.published import SOURCES, Result, Row, load_published
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.tables import markdown_table
from hrnet_mm.version import __version__
from hrnet_mm.whole_file import whole_file

ROOT = Path(__file__).parent.parent
PAGE = "docs/model_zoo.md"
INDEX = "model-index.yml"

INTRODUCTION = """\
<!-- Written by docs/write_model_zoo.py from hrnet_mm/benchmark/published.yml: run `make zoo`. -->

# Model zoo

What HRNet's authors published, what OpenMMLab published for the same models, what follow-ups with
the same backbone published, and the config for each. Figures are cited from their sources, except
those in a column "measured here". To reproduce a figure, run the command in the head of its config;
then [compare your run](training.md#compare-with-published-results).

A config is named for whose recipe it is: "official" follows the authors' code, "follow-up" the code
of a later paper (in the folder `official/` too), "OpenMMLab" the toolbox, "ours" is of this
repository. Where the authors' recipe and OpenMMLab's differ, there is a config for each. "weights"
are the toolbox's own trained weights, which [load directly](checkpoints.md). "params" and "GMACs"
are as printed by the source.
"""

CLOSING = """\
## The small datasets

The runs on mirror-mouse, CamVid and BCCD were made with

```
python tools/train.py CONFIG --cfg-options train_dataloader.dataset.data_root=DIR \\
    val_dataloader.dataset.data_root=DIR
```

where DIR is the dataset's folder; BCCD needs `val_evaluator.ann_file=DIR/val.json` too.

- mirror-mouse: lightning-pose's `mirror-mouse-example` as COCO keypoints: `train.json`,
  `val.json` and `images/`
- CamVid: SegNet's version of 480x360 as `{images,annotations}/{train,val}`, with labels 0 to 10 and
  255 for void; of its training images every second one
- BCCD: as COCO instances: `train.json`, `val.json` and `images/`

## Parameters and MACs

`python tools/complexity.py` counts multiply-accumulates of convolutions and linear layers, divided
by 1024³, which the papers print as "GFLOPs"; [its last table](../benchmarks/complexity.md) is in
the repository. Parameter counts equal the published ones, except for the biases before a norm,
which the official heads have and ours fold away: 3,840 in a classifier, one for each channel of the
concatenation in HRNetV2, 512 more in OCR. MACs are within 1 % of the printed ones, or the table
says why not (`pytest tests/benchmark/test_complexity_table.py -m "slow or not slow"`).
"""

_TASK_NAMES = {  # as model indices call them
    "pose": "Body 2D Keypoint",
    "landmarks": "Facial Landmark Detection",
    "segmentation": "Semantic Segmentation",
    "detection": "Object Detection",
    "classification": "Image Classification",
}
_MAX_METRICS = 4  # in a table's cell


def render(rows: Sequence[Row]) -> dict[str, str]:
    """Return the text of each generated file by its path from the repository's root."""
    files = {PAGE: "\n".join([INTRODUCTION, model_table(rows), CLOSING])}
    models = sorted(_models(rows), key=lambda model: _folder(model["Config"]))
    for folder, group in groupby(models, key=lambda model: _folder(model["Config"])):
        files[f"{folder}/metafile.yml"] = _metafile(folder, list(group))
    index = dict(Import=[path for path in files if path.endswith("metafile.yml")])
    return files | {INDEX: _yaml(index)}


def stale_files(root: Path, rows: Sequence[Row]) -> list[str]:
    """Return the generated files that differ from what would be written now."""
    return [
        path
        for path, text in render(rows).items()
        if not (root / path).is_file() or (root / path).read_text() != text
    ]


def _folder(config: str) -> str:
    """Return the folder of a config's dataset, which has one metafile for all recipes."""
    return "/".join(Path(config).parts[:-1][:3])  # configs/TASK/DATASET, or configs/toy


def model_table(rows: Sequence[Row]) -> str:
    """Return the tables of all models in Markdown, by dataset, then of what has no config."""
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
    notes = list(dict.fromkeys(row.note for row in rows if row.note))
    headings = ["model", "width", "input", "params, M", "GMACs", *(SOURCES[s] for s in sources)]
    lines = [
        f"## {dataset}, {split}: {task}",
        "",
        f"Figures are {' / '.join(shown)}.",
        "",
        markdown_table(
            [*headings, "configs"], [_cells(row, sources, shown, notes) for row in rows]
        ),
        *(f"{number}. {note}" for number, note in enumerate(notes, start=1)),
        *([""] if notes else []),
    ]
    return "\n".join(lines)


def _cells(
    row: Row, sources: Sequence[str], metrics: Sequence[str], notes: Sequence[str | None]
) -> list[str]:
    mark = f" <sup>{notes.index(row.note) + 1}</sup>" if row.note else ""
    cost = ["" if value is None else _number(value) for value in (row.params, row.macs)]
    figures = [_figures([r for r in row.results if r.source == s], metrics) for s in sources]
    links = " ".join(_links(row, path) for path in row.configs)
    return [row.method + mark, row.width, row.input, *cost, *figures, links]


def _links(row: Row, config: str) -> str:
    weights = [r.weights for r in row.results if r.config == config and r.weights]
    return " ".join(
        [f"[{_kind(row, config)}](../configs/{config})", *(f"([weights]({w}))" for w in weights)]
    )


def _kind(row: Row, config: str) -> str:
    """Say whose recipe a config has."""
    sources = {result.source for result in row.results if result.config == config}
    if sources & {"official", "paper"}:
        return "official"
    return {"openmmlab": "OpenMMLab", "here": "ours", "follow-up": "follow-up"}[sources.pop()]


def _number(value: float) -> str:
    """Print a figure as tables do, with one decimal at least."""
    return f"{value:.1f}" if round(value, 1) == value else f"{value:g}"


def _figures(results: Sequence[Result], metrics: Sequence[str]) -> str:
    """Put the figures of one source into a cell; a row may have several, from table and README."""
    cells = []
    for result in results:
        values = [_number(result.metrics[m]) if m in result.metrics else "-" for m in metrics]
        while values and values[-1] == "-":
            values.pop()
        mark = " (converted)" if result.status == "converted" else ""
        cells.append(" / ".join(values) + mark)
    return "; ".join(dict.fromkeys(cells))


def _unserved(rows: Sequence[Row]) -> str:
    table = markdown_table(
        ["model", "width", "data", "figures", "reason"],
        [
            [
                row.method,
                f"{row.width} {row.input}",
                f"{row.dataset} {row.split}",
                "; ".join(_named_figures(result) for result in row.results),
                row.unserved or "",
            ]
            for row in rows
        ],
    )
    return f"## Published, but without a config here\n\n{table}"


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
            "In Collection": _collection(_folder(f"configs/{path}")),
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
        "README": PAGE,
        "Code": {"Version": __version__},
    }
    return _yaml(dict(Collections=[collection], Models=models))


def _yaml(content: dict[str, Any]) -> str:
    head = "# Written by docs/write_model_zoo.py from hrnet_mm/benchmark/published.yml.\n"
    return head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say which files are stale")
    args = parser.parse_args()
    with one_clear_error():
        rows = load_published()
        stale = stale_files(ROOT, rows)
        if args.check:
            print("\n".join(f"stale: {path}" for path in stale) or "all up to date")
            raise SystemExit(bool(stale))
        texts = render(rows)
        for path in stale:
            with whole_file(ROOT / path) as unfinished:
                unfinished.write_text(texts[path])
            print(f"written: {path}")


if __name__ == "__main__":
    main()
