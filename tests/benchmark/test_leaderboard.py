"""The leaderboard shows what was measured beside what was published."""

import json
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from PIL import Image

from hrnet_mm.benchmark.leaderboard import compare, markdown_comparison, plot, read_run, table_rows
from hrnet_mm.benchmark.published import Result, Row
from tests.benchmark.oracle import with_oracle
from tests.integration.toy import COCO_POSE, small_toy


def run_with_truth(cfg: Any, work_dir: Path) -> Path:
    cfg.work_dir = str(work_dir)
    Runner.from_cfg(with_oracle(cfg)).test()
    return work_dir


def test_truth_fed_back_is_perfect_and_stands_beside_the_published_poses(
    coco_tiny: Path, tmp_path: Path
) -> None:
    cfg: Any = Config.fromfile(COCO_POSE)
    cfg.test_dataloader.dataset.update(
        data_root=str(coco_tiny),
        ann_file="test_coco.json",
        data_prefix=dict(img=""),
        bbox_file=None,
    )
    cfg.test_evaluator.ann_file = str(coco_tiny / "test_coco.json")
    [entry] = compare([read_run(run_with_truth(cfg, tmp_path))])
    assert entry.run.kind == "test"
    assert entry.run.metrics["AP"] == pytest.approx(100)
    ap = next(cells for cells in table_rows([entry]) if cells[2] == "AP")
    assert ap[:2] == (COCO_POSE.stem, f"test, {tmp_path.name}")
    assert ap[3:7] == ("100.00", "74.4 (+25.60)", "74.4 (+25.60)", "74.6 (+25.40)")


def test_truth_fed_back_is_perfect_on_label_maps(toy_scenes: Path, tmp_path: Path) -> None:
    cfg = small_toy("seg", toy_scenes)
    [entry] = compare([read_run(run_with_truth(cfg, tmp_path))])
    assert entry.run.metrics == {"mIoU": pytest.approx(100)}


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A training of Faster R-CNN that was validated twice and not tested."""
    folder = tmp_path / "run"
    logs = folder / "20260101_000000/vis_data"
    logs.mkdir(parents=True)
    (folder / "faster-rcnn_hrnetv2p-w32_4xb2-1x_coco.py").write_text("model = dict()\n")
    lines = [{"loss": 1.0, "iter": 50}]
    lines += [{"coco/bbox_mAP": ap, "coco/bbox_mAP_50": ap + 0.2, "step": 1} for ap in (0.1, 0.39)]
    (logs / "scalars.json").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def test_a_training_stands_with_its_last_validation(run_folder: Path) -> None:
    run = read_run(run_folder)
    assert run.kind == "last validation"
    assert run.metrics == {"box AP": pytest.approx(39), "box AP50": pytest.approx(59)}
    cells = table_rows(compare([run]))[0]
    assert cells[:3] == (run.config, "last validation, run", "box AP")
    assert cells[3:7] == ("39.00", "39.6 (-0.60)", "39.5 (-0.50)", "40.2 (-1.20)")


def write_test(folder: Path, time: str, metrics: dict[str, float], *, config: str = "") -> None:
    """Write what mmengine leaves of a test: the metrics, and its config beside the log."""
    (folder / time / "vis_data").mkdir(parents=True, exist_ok=True)
    (folder / time / f"{time}.json").write_text(json.dumps(metrics))
    if config:
        (folder / time / "vis_data/config.py").write_text(config)


def test_a_test_outranks_the_validations_before_it(run_folder: Path) -> None:
    write_test(run_folder, "20260102_000000", {"coco/bbox_mAP": 0.4, "time": 0.1})
    run = read_run(run_folder)
    assert run.kind == "test"
    assert run.metrics == {"box AP": pytest.approx(40)}


def test_a_validation_after_a_test_outranks_it(run_folder: Path) -> None:
    write_test(run_folder, "20251231_000000", {"coco/bbox_mAP": 0.4})
    assert read_run(run_folder).kind == "last validation"


def test_other_json_files_are_no_test(run_folder: Path) -> None:
    (run_folder / "submission").mkdir()
    (run_folder / "submission/results.bbox.json").write_text("[]")
    assert read_run(run_folder).kind == "last validation"


def test_a_line_that_was_being_written_is_skipped_and_a_broken_one_named(run_folder: Path) -> None:
    log = run_folder / "20260101_000000/vis_data/scalars.json"
    log.write_text(log.read_text() + '{"coco/bbox_mAP": 0.')
    assert read_run(run_folder).metrics["box AP"] == pytest.approx(39)
    log.write_text('{"loss"\n' + log.read_text())
    with pytest.raises(ValueError, match=r"scalars\.json, line 1 is not json"):
        read_run(run_folder)


@pytest.mark.parametrize(
    ("config", "metrics", "shown"),
    [
        ("model = dict(type='SegTTAModel')", {"mIoU": 54.0}, {"mIoU (ms+flip)": 54.0}),
        ("model = dict(type='SegMirrorTTAModel')", {"mIoU": 54.0}, {"mIoU (flip)": 54.0}),
        ("model = dict(type='DetTTAModel')", {"coco/bbox_mAP": 0.5}, {"box AP (augmented)": 50.0}),
        ("tta_model = dict(type='SegTTAModel')", {"mIoU": 54.0}, {"mIoU": 54.0}),
        ("test_evaluator = dict(type='MpiiPCKAccuracy')", {"PCK": 90.0}, {"PCKh": 90.0}),
        ("test_evaluator = [dict(type='PCKAccuracy')]", {"PCK": 0.9}, {"PCK": 0.9}),
        (
            "test_dataloader = dict(dataset=dict(ann_file='a/face_landmarks_wflw_test_pose.json'))",
            {"NME": 0.0786},
            {"NME pose": pytest.approx(7.86)},
        ),
        ("", {"mDice": 61.0, "data_time": 0.1, "time": 1.0}, {"mDice": 61.0}),
    ],
)
def test_figures_are_named_as_in_the_tables(
    config: str, metrics: dict[str, float], shown: dict[str, float], tmp_path: Path
) -> None:
    (tmp_path / "ours.py").write_text("")
    write_test(tmp_path, "20260101_000000", metrics, config=config + "\n")
    assert read_run(tmp_path).metrics == shown


@pytest.mark.parametrize(("file", "split"), [("valid", "full"), ("test", "test")])
def test_the_row_is_that_of_the_split(file: str, split: str, tmp_path: Path) -> None:
    (tmp_path / "td-hm_hrnetv2-w18_1xb16-60e_300w-256x256.py").write_text("")
    dataset = f"dict(ann_file='annotations/face_landmarks_300w_{file}.json')"
    config = f"test_dataloader = dict(dataset={dataset})\n"
    write_test(tmp_path, "20260101_000000", {"NME": 0.04}, config=config)
    [entry] = compare([read_run(tmp_path)])
    assert entry.row is not None
    assert entry.row.split == split


def test_server_splits_are_no_match_for_a_local_run(run_folder: Path) -> None:
    config = "det/coco/official/faster-rcnn_hrnetv2p-w32_4xb2-1x_coco.py"
    result = Result(source="paper", where="t", metrics={"box AP": 41.1}, config=config)
    row = Row(
        task="detection",
        dataset="COCO",
        split="test-dev",
        method="m",
        width="w32",
        input="1333x800",
        results=[result],
    )
    [entry] = compare([read_run(run_folder)], rows=[row])
    assert entry.row is None


def test_markdown_and_plot_are_written(run_folder: Path, tmp_path: Path) -> None:
    entries = compare([read_run(run_folder)])
    text = markdown_comparison(entries)
    assert "| last validation, run | box AP | 39.00 | 39.6 (-0.60) |" in text
    assert "README of HRNet-Object-Detection" in text
    plot(entries, tmp_path / "plot.png")
    with Image.open(tmp_path / "plot.png") as image:
        assert image.size[0] > 500


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, "holds no config"),
        (lambda folder: (folder / "c.py").write_text(""), "holds no metrics"),
    ],
)
def test_an_unfinished_run_is_refused(make: Any, message: str, tmp_path: Path) -> None:
    make(tmp_path)
    with pytest.raises(FileNotFoundError, match=message):
        read_run(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_run(tmp_path / "nowhere")
