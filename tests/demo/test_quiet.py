"""What is printed goes to the log, whoever prints it."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY

PROGRAM = """
import os, subprocess, sys
from pathlib import Path
from demo.quiet import output_in, terminal

screen = terminal()
print("before")
try:
    with output_in(Path(sys.argv[1]) / "new" / "outer.log"):
        print("of Python")
        os.write(2, b"of C\\n")
        with output_in(Path(sys.argv[1]) / "inner.log"):
            subprocess.run(["echo", "of another process"])
            print("for the user", file=screen, flush=True)
        raise ValueError("wrong")
except ValueError:
    print("after")
"""


def test_output_goes_to_the_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["before", "for the user", "after", ""]
    assert done.stderr == ""
    outer = (tmp_path / "new/outer.log").read_text()
    assert outer.startswith("of C\n") or outer.startswith("of Python\n")
    assert {"of Python", "of C", "ValueError: wrong"} <= set(outer.splitlines())
    assert (tmp_path / "inner.log").read_text() == "of another process\n"
