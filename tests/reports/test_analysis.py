"""What is shown of a test agrees with the metrics of the toolboxes; wrong dumps are named."""

import csv
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from hrnet_mm.apis.configs import read_config
from hrnet_mm.apis.sheets import GAP, TILE
from hrnet_mm.errors import UserError
from hrnet_mm.reports.analysis import analyze
from hrnet_mm.reports.dumps import DumpedResults
from hrnet_mm.reports.measures import MEASURES
from tests.apis.models import TASKS, ToyModel
from tests.integration.test_tools import run

EACH_TASK = pytest.mark.parametrize("task", TASKS)


@dataclass(frozen=True, kw_only=True)
class Tested:
    """A model that was tested: its config, dump and metrics."""

    cfg: Config
    dump: Path
    metrics: dict[str, Any]


@pytest.fixture(scope="module")
def tested(
    toy_model: Callable[[str], ToyModel], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Tested]:
    """Test a task's small model once."""

    @cache
    def make(task: str) -> Tested:
        model, folder = toy_model(task), tmp_path_factory.mktemp(task)
        cfg = read_config(str(model.config))
        if task == "pose":
            cfg.test_evaluator = [cfg.test_evaluator, dict(type="PCKAccuracy", thr=0.2)]
        config, dump, out = (folder / f"{task}.{kind}" for kind in ("py", "pkl", "json"))
        cfg.dump(config)
        arguments = [str(config), str(model.checkpoint), "--work-dir", str(folder)]
        run("test.py", *arguments, "--dump", str(dump), "--out", str(out))
        metrics = json.loads(out.read_text())["metrics"]
        return Tested(cfg=read_config(str(config)), dump=dump, metrics=metrics)

    return make


def measured(test: Tested) -> Any:
    results = DumpedResults(test.cfg, test.dump)
    measure = MEASURES[results.task](results)
    for path in results.paths:
        measure.score(results.read(path))
    return measure


@EACH_TASK
def test_files_of_each_task(task: str, tested: Callable[[str], Tested], tmp_path: Path) -> None:
    test = tested(task)
    files = analyze(test.cfg, test.dump, folder=tmp_path / "out", number=1)
    extra = "keypoints" if task == "pose" else "confusion"
    names = ["images.png", "scores.csv", f"{extra}.png", f"{extra}.csv"]
    assert files == [tmp_path / "out" / name for name in names]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(names)
    with Image.open(files[0]) as sheet:
        assert sheet.width == 2 * TILE + GAP  # the worst above the best
        assert np.asarray(sheet).std() > 10
    heading, *rows = csv.reader(files[1].open())
    scores = [float(score) for score, _ in rows]
    assert heading[1] == "image"
    assert scores == sorted(scores)
    assert all(0 <= score <= 1 for score in scores)


def test_classification_agrees_with_the_metric(tested: Callable[[str], Tested]) -> None:
    test = tested("cls")
    matrix = measured(test).matrix
    accuracy = 100 * matrix.diagonal().sum() / matrix.sum()
    assert accuracy == pytest.approx(test.metrics["accuracy/top1"], abs=1e-3)


def test_segmentation_agrees_with_the_metric(tested: Callable[[str], Tested]) -> None:
    test = tested("seg")
    matrix = measured(test).matrix
    right = matrix.diagonal()
    with np.errstate(invalid="ignore"):
        ious = right / (matrix.sum(axis=0) + matrix.sum(axis=1) - right)
    assert 100 * np.nanmean(ious) == pytest.approx(test.metrics["mIoU"], abs=0.01)
    assert 100 * right.sum() / matrix.sum() == pytest.approx(test.metrics["aAcc"], abs=0.01)


def test_poses_agree_with_the_metric(tested: Callable[[str], Tested]) -> None:
    test = tested("pose")
    errors = measured(test)
    assert errors.pck(0.2)[1] == pytest.approx(test.metrics["PCK"], abs=1e-6)
    assert len(errors.rows()) == 17


@pytest.mark.parametrize("task", ["det", "pose"])
def test_a_perfect_prediction(task: str, tested: Callable[[str], Tested], tmp_path: Path) -> None:
    test = tested(task)
    results = DumpedResults(test.cfg, test.dump)
    samples = pickle.loads(test.dump.read_bytes())
    for path in results.paths:
        for index in results._given[path]:
            truth: Any = results._truths.read(index).truth
            found = samples[index]["pred_instances"]
            if task == "det":
                found.update(bboxes=truth.boxes, labels=truth.labels, scores=truth.scores)
            else:
                found.update(keypoints=truth.keypoints, keypoint_scores=truth.keypoint_scores)
    dump = tmp_path / "x.pkl"
    dump.write_bytes(pickle.dumps(samples))
    perfect = DumpedResults(test.cfg, dump)
    measure = MEASURES[task](perfect)
    assert [measure.score(perfect.read(path)) for path in perfect.paths] == [1.0] * 3
    off_diagonal = measure.matrix.sum() - measure.matrix.diagonal().sum()
    assert off_diagonal == 0


def test_boxes_of_a_detector_are_compared_with_the_nearest_truth(
    tested: Callable[[str], Tested], tmp_path: Path
) -> None:
    test = tested("pose")
    cfg = Config.fromfile(test.cfg.filename)
    dataset = cfg.test_dataloader.dataset
    annotations = json.loads(Path(dataset.data_root, dataset.ann_file).read_bytes())["annotations"]
    given = DumpedResults(test.cfg, test.dump)
    order = list(reversed(range(len(annotations))))
    boxes = [{**annotations[i], "score": 0.9} for i in order]
    (tmp_path / "boxes.json").write_text(json.dumps(boxes))
    dataset.bbox_file = str(tmp_path / "boxes.json")
    samples = pickle.loads(test.dump.read_bytes())
    by_id = {sample["id"]: sample for sample in samples}
    reordered = [by_id[annotations[i]["id"]] for i in order]
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(reordered))
    detected = DumpedResults(cfg, tmp_path / "x.pkl")
    assert sorted(detected.paths) == sorted(given.paths)
    for results in (given, detected):
        measure = MEASURES["pose"](results)
        scores = {path: measure.score(results.read(path)) for path in results.paths}
        if results is given:
            paired = scores
    # Assignment by nearness can only be better than by box.
    assert all(scores[path] >= paired[path] - 1e-6 for path in paired)


@pytest.mark.parametrize(
    ("task", "change", "message"),
    [
        ("seg", lambda samples: samples[:-1], "holds 2 predictions, but the test dataset of"),
        ("seg", lambda samples: samples[::-1], "prediction 0 is for"),
        ("seg", lambda samples: [], "is no list of predictions"),
        ("seg", lambda samples: {"state_dict": {}}, "is no list of predictions"),
        ("seg", lambda samples: [1, 2, 3], "prediction 0 is of none, but .* is for seg"),
        ("cls", lambda samples: [], "is no list"),
    ],
    ids=["count", "order", "empty", "checkpoint", "numbers", "cls"],
)
def test_dumps_that_do_not_fit(
    task: str,
    change: Callable[[Any], Any],
    message: str,
    tested: Callable[[str], Tested],
    tmp_path: Path,
) -> None:
    test = tested(task)
    dump = tmp_path / "x.pkl"
    dump.write_bytes(pickle.dumps(change(pickle.loads(test.dump.read_bytes()))))
    with pytest.raises(UserError, match=message):
        analyze(test.cfg, dump, folder=tmp_path / "out", number=1)
    assert not (tmp_path / "out").exists()


def test_a_dump_of_another_task(tested: Callable[[str], Tested], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"prediction 0 is of a model for pose, but .* is for det"):
        analyze(tested("det").cfg, tested("pose").dump, folder=tmp_path, number=1)


def test_a_number_below_one(tested: Callable[[str], Tested], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="0 images: give 1 or more"):
        analyze(tested("seg").cfg, tested("seg").dump, folder=tmp_path, number=0)


def test_images_without_annotations(tested: Callable[[str], Tested], tmp_path: Path) -> None:
    test = tested("seg")
    cfg = Config.fromfile(test.cfg.filename)
    dataset = cfg.test_dataloader.dataset
    dataset.data_prefix = dict(img_path=dataset.data_prefix.img_path)
    with pytest.raises(UserError, match=r"the dataset has no annotations of .*\.png"):
        analyze(cfg, test.dump, folder=tmp_path, number=1)
