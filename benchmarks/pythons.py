"""Run the fast tests on each supported Python that is here: ``make test-pythons``.

Each has an environment of its own, ``.venv-3.12`` and so on. Leaves ``benchmarks/pythons.md``.
"""

import os
import platform
import shutil
import subprocess
import time
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
VERSIONS = """
import platform, torch, numpy, cv2
print(platform.python_version(), torch.__version__, numpy.__version__, cv2.__version__)
print(torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU")
"""
HEADINGS = "Python | torch | numpy | OpenCV | passed | failed | skipped | time | set-up | device"
TEXT = """# The fast tests on each Python

{table}

`make test-pythons` wrote this on {date}, on {machine}. {missing}
"""


def main() -> None:
    rows, missing = [HEADINGS, " | ".join("-" * 3 for _ in HEADINGS.split("|"))], []
    for version in SUPPORTED:
        if python := find(version):
            rows.append(test(version, python))
        else:
            missing.append(version)
    text = TEXT.format(
        table="\n".join(f"| {row} |" for row in rows),
        date=date.today(),
        machine=f"{os.cpu_count()} cores, {cpu()}",
        missing=f"Not found, so not run: {', '.join(missing)}." if missing else "All were found.",
    )
    (ROOT / "benchmarks/pythons.md").write_text(text)
    print(text)


def find(version: str) -> str | None:
    """Return a Python that can make an environment: from PATH, or one of pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    here = [shutil.which(f"python{version}"), *pyenv.glob(f"{version}.*/bin/python{version}")]
    for python in map(str, filter(None, here)):  # a shim of pyenv is there, and does not start
        check = subprocess.run([python, "-c", "import ensurepip"], capture_output=True, check=False)
        if check.returncode == 0:
            return python
    return None


def test(version: str, python: str) -> str:
    """Run the tests in the environment, made if need be; return the row of the table."""
    folder = ROOT / f".venv-{version}"
    make = ["make", f"VENV={folder.name}", f"PYTHON={python}"]
    is_new, start = not folder.exists(), time.monotonic()
    subprocess.run([*make, "environment"], cwd=ROOT, check=True)
    setup = f"{time.monotonic() - start:.0f} s" if is_new else "was there"

    results, start = folder / "tests.xml", time.monotonic()
    options = {"PYTEST_ADDOPTS": f"--junitxml={results}"}
    subprocess.run([*make, "test"], cwd=ROOT, env=os.environ | options, check=False)
    seconds = f"{time.monotonic() - start:.0f} s"
    suite = ElementTree.parse(results).getroot()[0]
    total, *others = (int(suite.attrib[n]) for n in ("tests", "failures", "errors", "skipped"))
    failures, errors, skipped = others
    counts = f"{total - sum(others)} | {failures + errors} | {skipped}"

    command = [folder / "bin/python", "-c", VERSIONS]
    versions, device = subprocess.check_output(command, text=True).splitlines()
    return " | ".join([*versions.split(), counts, seconds, setup, device])


def cpu() -> str:
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


if __name__ == "__main__":
    main()
