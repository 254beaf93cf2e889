"""Packaging. No OpenMMLab distribution is required by name: the forks carry other names."""

import os
import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (ROOT / "hrnet_mm/version.py").read_text())[1]


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


setup(
    name="hrnet_mm",
    version=VERSION,
    description="One HRNet for all of OpenMMLab",
    long_description=(ROOT / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    packages=find_packages(include=["hrnet_mm", "hrnet_mm.*"]),
    package_data={"hrnet_mm.benchmark": ["*.yml"]},
    cmdclass={"build_py": BuildWithConfigs},
    python_requires=">=3.11",
    extras_require={
        "seg": ["mmengine", "mmcv-lite", "mmsegmentation"],
        "det": ["mmengine", "mmcv-lite", "mmdet"],
        "cls": ["mmengine", "mmcv-lite", "mmpretrain"],
    },
)
