"""``hrnet-mm VERB`` runs the tools."""

import re
import sys

import pytest

from hrnet_mm import cli
from hrnet_mm.version import __version__
from tests.conftest import REPOSITORY
from tests.isolated import output_of

TOOLS = {path.stem for path in (REPOSITORY / "tools").glob("*.py")}
VERBS = TOOLS - {"convert_checkpoint"} | {"convert", "doctor"}


def run(*words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/hrnet-mm", *words])
    # As in a script; of `python -m pytest`, argparse of Python 3.14 would tell instead.
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    cli.main()


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_lists_each_verb_with_its_purpose(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(*words, monkeypatch=monkeypatch)
    listed = dict(re.findall(r"^  (\w+) +(\w.*\w)$", capsys.readouterr().out, re.MULTILINE))
    assert listed.keys() == VERBS
    assert listed["convert"] == "Convert a file of HRNet weights"


def test_help_needs_nothing_that_is_installed() -> None:
    code = "import sys; sys.argv = ['hrnet-mm']; from hrnet_mm.cli import main; main()"
    assert "train  " in output_of(code, bare=True)


def test_the_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run("--version", monkeypatch=monkeypatch)
    assert capsys.readouterr().out == f"hrnet_mm {__version__}\n"


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_each_verb_runs_under_its_name(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        run(verb, "--help", monkeypatch=monkeypatch)
    assert capsys.readouterr().out.startswith(f"usage: hrnet-mm {verb} [-h]")


def test_errors_of_a_tool_are_those_of_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match=r"^error: there is no config file no\.py, nor a model"):
        run("train", "no.py", monkeypatch=monkeypatch)


def test_the_doctor_tells_what_is_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("hrnet_mm.doctor.report", lambda: print("torch") or 1)
    with pytest.raises(SystemExit, match=r"^1$"):
        run("doctor", monkeypatch=monkeypatch)
    assert capsys.readouterr().out == "torch\n"


@pytest.mark.parametrize(("verb", "near"), [("trian", ", but 'train'"), ("fly", "")])
def test_an_unknown_verb_is_said_with_the_choices(
    verb: str, near: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        run(verb, monkeypatch=monkeypatch)
    verbs = ", ".join(sorted(VERBS))
    error = f"hrnet-mm: error: no verb {verb!r}{near}; choose from {verbs}\n"
    assert capsys.readouterr().err == error
