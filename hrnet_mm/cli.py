"""The console script ``hrnet-mm VERB ...``: the tools, also where only a wheel is installed."""

import ast
import difflib
import importlib.util
import sys
from pathlib import Path

from hrnet_mm.shipped import PROGRAM, SHIPPED
from hrnet_mm.version import __version__

_VERBS = {"convert_checkpoint": "convert"}  # of the tools with longer names
_DOCTOR = "doctor"


def main() -> None:
    """Run the tool that the command line names."""
    verb, *arguments = sys.argv[1:] or ["--help"]
    tools = tools_by_verb()
    if verb in ("-h", "--help"):
        print(_help(tools))
    elif verb == "--version":
        print(f"hrnet_mm {__version__}")
    elif verb == _DOCTOR:
        sys.exit(_doctor(arguments))
    elif (name := verb.replace("-", "_")) in tools:
        # What argparse calls the program.
        sys.argv = [f"{PROGRAM} {verb}", *arguments]
        _run(tools[name])
    else:
        print(_unknown(verb, [*tools, _DOCTOR]), file=sys.stderr)
        sys.exit(2)


def tools_by_verb() -> dict[str, Path]:
    """Return the files of the tools."""
    paths = sorted((SHIPPED / "tools").glob("*.py"))
    return {_VERBS.get(path.stem, path.stem): path for path in paths}


def _help(tools: dict[str, Path]) -> str:
    files = tools | {_DOCTOR: Path(__file__).with_name("doctor.py")}
    width = max(map(len, files))
    lines = [f"  {verb.ljust(width)}  {_purpose(path)}" for verb, path in sorted(files.items())]
    usage, more = f"usage: {PROGRAM} VERB ...", f"`{PROGRAM} VERB --help` tells more of each."
    return "\n".join([usage, "", *lines, "", more])


def _purpose(file: Path) -> str:
    """Return the first line of a file's docstring, without the command after the colon."""
    docstring = ast.get_docstring(ast.parse(file.read_text())) or ""
    return docstring.partition("\n")[0].partition(": ")[0]


def _doctor(arguments: list[str]) -> int:
    import argparse

    from hrnet_mm import doctor

    parser = argparse.ArgumentParser(prog=f"{PROGRAM} {_DOCTOR}", description=doctor.__doc__)
    parser.parse_args(arguments)
    return doctor.report()


def _run(tool: Path) -> None:
    """Call the ``main`` of a tool; as a module, since runpy would put its path into sys.argv."""
    spec = importlib.util.spec_from_file_location(f"hrnet_mm_{tool.stem}", tool)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main()


def _unknown(verb: str, verbs: list[str]) -> str:
    near = difflib.get_close_matches(verb, verbs, n=1)
    return (
        f"{PROGRAM}: error: no verb {verb!r}"
        + (f", but {near[0]!r}" if near else "")
        + f"; choose from {', '.join(sorted(verbs))}"
    )
