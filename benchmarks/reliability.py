"""Measures what docs/reliability.md promises: ``python benchmarks/reliability.py [PART ...]``.

Leaves ``benchmarks/reliability.md``; a part that is not measured keeps its section.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "benchmarks/reliability.md"
INTRODUCTION = """# Reliability, measured

`python benchmarks/reliability.py [PART ...]` writes this; the promises are in
[docs/reliability.md](../docs/reliability.md).
"""


def run(*arguments: str, **environment: str) -> tuple[str, str]:
    """Run Python in the repository; return the command and what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-3000:], file=sys.stderr)
    variables = "".join(f"{name}={value} " for name, value in environment.items())
    return f"{variables}python {' '.join(arguments)}", done.stdout


def kills(signal: str, cases: int) -> list[str]:
    """Stop trainings at random moments, and compare their losses with uninterrupted ones."""
    command, out = run("-m", "tests.reliability.kill_matrix", signal, "--cases", str(cases))
    results = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    good = [result for result in results if result["difference"] <= 1e-4]
    stopped = [result for result in results if result["status"] != 0]
    rows = [
        f"| {r['setting']} | {r['done']} | {r['status']} | {r['difference']:.1e} |" for r in results
    ]
    return [
        f"`{command}`: **{len(good)} of {cases}** end within 1e-4 of the uninterrupted losses. "
        f"{len(stopped)} were stopped before their end.",
        "",
        "| training | iterations done | exit status | largest difference of a loss |",
        "| --- | --- | --- | --- |",
        *rows,
    ]


def fuzz(file: str, cases: int) -> list[str]:
    """Run a fuzz test with many cases."""
    arguments = ("-m", "pytest", "-q", "-m", "slow or not slow", f"tests/reliability/{file}")
    command, out = run(*arguments, HRNET_MM_EXAMPLES=str(cases))
    (last,) = out.strip().splitlines()[-1:]
    command = command.replace("-m slow or not slow", "-m 'slow or not slow'")
    return [f"`{command}`: {cases} cases, {last.strip('= ')}."]


def long_run(kind: str) -> list[str]:
    """Watch memory, files and threads of a long run."""
    command, out = run("-m", "tests.reliability.long_runs", kind)
    found = json.loads(out.strip().splitlines()[-1])
    return [
        f"`{command}`: {found['steps']} steps, {found['megabytes']} MB at the end, a slope of "
        f"**{found['megabytes_per_100']} MB for 100 steps**; open files {found['files'][0]} to "
        f"{found['files'][1]}, threads {found['threads'][0]} to {found['threads'][1]}."
    ]


PARTS: dict[str, tuple[str, Callable[[], list[str]]]] = {
    "kill": ("Killed (SIGKILL)", lambda: kills("SIGKILL", 20)),
    "term": ("Told to stop (SIGTERM)", lambda: kills("SIGTERM", 16)),
    "int": ("Ctrl-C (SIGINT)", lambda: kills("SIGINT", 8)),
    "networks": ("Networks of chance", lambda: fuzz("test_fuzz_network.py", 1000)),
    "files": ("Checkpoint files of chance", lambda: fuzz("test_fuzz_files.py", 1000)),
    "options": ("Options of chance", lambda: fuzz("test_fuzz_options.py", 200)),
    "train": ("A long training", lambda: long_run("train")),
    "predict": ("Many predictions", lambda: long_run("predict")),
}


def measure(part: str) -> str:
    title, work = PARTS[part]
    start = time.monotonic()
    lines = work()
    took = f"{date.today()}, {time.monotonic() - start:.0f} s on one core of {cpu()}."
    return "\n".join([f"## {title}", "", *lines, "", took, ""])


def cpu() -> str:
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def write(sections: Iterable[str]) -> None:
    """Put sections in the place of those with their titles."""
    text = FILE.read_text() if FILE.exists() else INTRODUCTION
    found = {part.partition("\n")[0]: part for part in re.split(r"^(?=## )", text, flags=re.M)[1:]}
    found |= {section.partition("\n")[0]: section for section in sections}
    titles = [f"## {title}" for title, _ in PARTS.values()]
    kept = [found[title].strip() + "\n" for title in titles if title in found]
    FILE.write_text("\n".join([INTRODUCTION, *kept]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all")
    args = parser.parse_args()
    for part in args.parts or PARTS:
        section = measure(part)
        write([section])
        print(section)


if __name__ == "__main__":
    main()
