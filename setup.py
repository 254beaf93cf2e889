"""What of the packaging must be code; the rest is in ``pyproject.toml``."""

import os
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class BuildWithConfigs(build_py):
    """Puts configs, tools and the model index where OpenMMLab's tools look: in ``hrnet_mm/.mim``.

    Copies in a wheel; in an editable install links, so that an edited config is the one in use.
    """

    def run(self) -> None:
        super().run()
        folder = (ROOT if self.editable_mode else Path(self.build_lib)) / "hrnet_mm/.mim"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("configs", "tools", "model-index.yml"):
            source, target = ROOT / name, folder / name
            if self.editable_mode:
                target.symlink_to(os.path.relpath(source, folder.resolve()))
            elif source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)


setup(cmdclass={"build_py": BuildWithConfigs})
