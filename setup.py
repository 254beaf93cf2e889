"""Packaging. No OpenMMLab distribution is required by name: the forks carry other names."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (ROOT / "hrnet_mm/version.py").read_text())[1]

setup(
    name="hrnet_mm",
    version=VERSION,
    description="One HRNet for all of OpenMMLab",
    long_description=(ROOT / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    packages=find_packages(include=["hrnet_mm", "hrnet_mm.*"]),
    python_requires=">=3.11",
    extras_require={
        "seg": ["mmengine", "mmcv-lite", "mmsegmentation"],
        "det": ["mmengine", "mmcv-lite", "mmdet"],
        "cls": ["mmengine", "mmcv-lite", "mmpretrain"],
    },
)
