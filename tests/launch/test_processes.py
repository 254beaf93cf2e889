"""Processes that would not do the same work do not begin."""

from typing import Any

import pytest
from mmengine.config import Config

from hrnet_mm.errors import UserError
from hrnet_mm.launch import processes


def _compare(monkeypatch: pytest.MonkeyPatch, config: dict[str, Any], **changes: str) -> None:
    """Compare with another process, which differs in these values."""

    def gather(mine: dict[str, str]) -> list[dict[str, str]]:
        return [mine, {key: value for key, value in (mine | changes).items() if value}]

    monkeypatch.setattr(processes.dist, "all_gather_object", gather)
    processes.refuse_differing_processes(Config(config))


CONFIG = dict(train_cfg=dict(max_epochs=2), betas=(0.9, 0.99), seed=None)


def test_the_same_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    _compare(monkeypatch, CONFIG)
    processes.refuse_differing_processes(Config(CONFIG))


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("train_cfg.max_epochs", "3", "train_cfg.max_epochs is 3, not 2"),
        ("betas.1", "0.999", "betas.1 is 0.999, not 0.99"),
        ("seed", "", "seed is missing, not None"),
        ("more", "1", "more is 1, not missing"),
        ("code of torch", "2.0", "code of torch is 2.0, not "),
        ("code of hrnet_mm's source", "0123", "code of hrnet_mm's source is 0123, not "),
    ],
)
def test_differences_are_named(
    key: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError) as caught:
        _compare(monkeypatch, CONFIG, **{key: value})
    assert str(caught.value).startswith(f"process 1 does not run what process 0 runs: {told}")


def test_what_differs_in_each_process_is_the_same() -> None:
    first, second = (
        dict(processes._leaves(dict(sets={*names}, call=lambda: None)))
        for names in (["a", "bc", "d"], ["d", "bc", "a"])
    )
    assert first == second


def test_only_the_first_differences_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="c is 1, not missing and 2 more; give all the same config"):
        _compare(monkeypatch, CONFIG, a="1", b="1", c="1", d="1", e="1")
