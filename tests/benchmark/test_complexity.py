"""Counted costs are the published ones."""

from functools import cache
from typing import Any

import pytest
from mmengine.config import Config

from hrnet_mm.benchmark.complexity import config_input_size, measure_complexity
from hrnet_mm.benchmark.complexity_table import Cost, config_cost, table_row, zoo_costs
from hrnet_mm.benchmark.published import Row, load_published
from tests.conftest import REPOSITORY
from tests.models.test_parameters import OFFICIAL_CLS, OFFICIAL_OCR, OFFICIAL_SEG
from tests.zoo.configs import leaves, load

MEBI = 1024**2
COSTED = {row.configs[0]: row for row in load_published() if row.is_costed}


@cache
def costs() -> list[tuple[Cost, Row]]:
    return list(zip(zoo_costs(COSTED, root=str(REPOSITORY)), COSTED.values(), strict=True))


def explains_macs(note: str | None) -> bool:
    return note is not None and "1024²" not in note  # which is about parameters


@pytest.mark.slow
def test_every_printed_macs_are_counted_within_one_percent_or_explained() -> None:
    errors = [(c.config, c.macs_error) for c, row in costs() if not explains_macs(row.cost_note)]
    errors = [(name, error) for name, error in errors if error is not None]
    assert [(name, error) for name, error in errors if abs(error) > 0.01] == []
    assert len(errors) >= 25


def test_every_printed_parameters_are_counted_to_the_digit_or_explained() -> None:
    for cost, row in costs():
        official = cost.counted.params + cost.counted.folded_biases
        if row.params is None:
            continue
        if explains_macs(row.cost_note):
            continue
        unit = MEBI if row.cost_note else 1e6
        # Some tables round and some cut off.
        assert abs(official / unit - row.params) < 0.1 + 1e-9, (cost.config, official, row.params)


def test_explanations_are_shown_and_only_where_something_differs() -> None:
    for cost, row in costs():
        note = row.cost_note
        if note:
            assert table_row(cost)[-1] == note
            worst = max(abs(e) for e in (cost.params_error, cost.macs_error) if e is not None)
            assert worst > 0.004, cost.config


def official_params() -> dict[str, int]:
    seg = {(arch, classes, "EncoderDecoder"): n for (arch, classes), n in OFFICIAL_SEG.items()}
    ocr = {
        (arch, classes, "CascadeEncoderDecoder"): n for (arch, classes), n in OFFICIAL_OCR.items()
    }
    cls = {(arch, 1000, "ImageClassifier"): n for arch, n in OFFICIAL_CLS.items()}
    exact: dict[Any, int] = seg | ocr | cls
    found: dict[str, int] = {}
    for name in leaves():
        model = load(name).model
        heads = model.get("decode_head") or model.get("head") or {}
        head = heads[-1] if isinstance(heads, list) else heads
        key = (model.backbone.get("arch"), head.get("num_classes"), model.type)
        if key in exact:
            found[name] = exact[key]
    return found


@pytest.mark.parametrize(("name", "params"), official_params().items())
def test_parameters_are_the_official_ones_but_for_the_stated_biases(name: str, params: int) -> None:
    counted = measure_complexity(load(name), input_size=(64, 64))
    assert counted.params + counted.folded_biases == params


def test_inputs_are_what_configs_test_at() -> None:
    sizes = {
        "pose/coco/mmpose/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py": (192, 256),
        "det/coco/official/faster-rcnn_hrnetv2p-w18_4xb2-1x_coco.py": (1216, 800),
        "seg/camvid/ours/fcn_hrnetv2-w18-small-v1_1xb4-32e_camvid-256x320.py": (320, 256),
    }
    for name, size in sizes.items():
        assert config_input_size(load(name)) == size


def test_a_config_of_ones_own_is_counted_without_a_row() -> None:
    path = str(REPOSITORY / "configs/toy/pose_hrnet-w18-small-v1_toy-128x96.py")
    cost = config_cost(path, [], input_size=None)
    assert cost.row is None
    assert cost.counted.input_size == (96, 128)
    assert table_row(cost)[-2:] == ("", "")


def test_an_input_size_that_is_not_told_is_asked_for() -> None:
    cfg: Any = Config(dict(default_scope="mmdet", test_dataloader=dict(dataset=dict(pipeline=[]))))
    with pytest.raises(ValueError, match="--shape"):
        config_input_size(cfg)
