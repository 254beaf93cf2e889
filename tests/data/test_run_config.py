"""The datasets of a config, as the rules read them."""

from pathlib import Path

from hrnet_mm.data.run_config import RunConfig
from tests.integration.toy import small_toy


def test_metrics_of_several_datasets_are_not_those_of_each(toy_scenes: Path) -> None:
    cfg = small_toy("pose", toy_scenes)
    both = dict(type="CombinedDataset", datasets=[cfg.val_dataloader.dataset] * 2)
    assert RunConfig(cfg=cfg, splits=("val",)).datasets[0].metrics
    cfg.val_dataloader.dataset = both
    assert not any(dataset.metrics for dataset in RunConfig(cfg=cfg, splits=("val",)).datasets)
