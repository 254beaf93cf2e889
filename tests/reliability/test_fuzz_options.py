"""Whatever is given to --cfg-options, a training runs or ends in clear lines.

``HRNET_MM_EXAMPLES=200`` tries so many options (``benchmarks/reliability.py``).
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmengine.config import Config

from tests.deploy.tiny import ARCH, NARROW
from tests.integration.toy import small_toy
from tests.reliability.disks import run_tool
from tests.reliability.examples import examples

VALUES = [
    "None",
    "-1",
    "0",
    "1e30",
    "nan",
    "True",
    "word",
    "[]",
    "[1,2]",
    "()",
    '"{a:1}"',
    "a.b",
    "",
    "()()",
]
UNKNOWN = [
    "no_such",
    "model.no_such.deep",
    "train_dataloader.dataset.no",
    "x.0.y",
    "1",
    "a..b",
    ".a",
]
# What decides how long a run takes, or where it writes.
LEFT_OUT = (
    "work_dir",
    "max_epochs",
    "num_workers",
    "persistent_workers",
    "launcher",
    "val_interval",
)


def keys(node: Any, key: str = "") -> Iterator[str]:
    """Yield the dotted keys of a config, of groups too."""
    children = node.items() if isinstance(node, dict) else enumerate(node)
    for name, child in children:
        path = f"{key}.{name}" if key else str(name)
        yield path
        if isinstance(child, dict | list | tuple):
            yield from keys(child, path)


@pytest.fixture(scope="module")
def config(toy_scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The config of a training of one iteration."""
    cfg = small_toy("cls", toy_scenes, **NARROW["cls"])
    cfg.model.backbone.arch = ARCH
    cfg.train_dataloader.dataset.indices = 2
    cfg.val_dataloader.dataset.indices = 2
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    path = tmp_path_factory.mktemp("options") / "config.py"
    cfg.dump(path)
    return path


@pytest.mark.slow
@settings(
    max_examples=examples(25),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_an_option_is_used_or_refused(data: st.DataObject, config: Path) -> None:
    known = [
        key for key in keys(Config.fromfile(config).to_dict()) if key.split(".")[-1] not in LEFT_OUT
    ]
    key = data.draw(st.one_of(st.sampled_from(known), st.sampled_from(UNKNOWN)))
    option = f"{key}={data.draw(st.sampled_from(VALUES))}"
    with TemporaryDirectory() as folder:
        end = run_tool("train.py", config, "--work-dir", folder, "--cfg-options", option)
    if isinstance(end, str):
        assert all(line.startswith("error: ") for line in end.splitlines()), (option, end)
        assert "Traceback" not in end, (option, end)
    else:
        assert end in (0, 2), option  # 2 is argparse's
