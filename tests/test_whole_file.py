"""A file or a folder is written whole or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hrnet_mm.whole_file import check_writable, delete_unfinished, whole_file, whole_folder


def test_a_file_is_replaced_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "new" / "weights.pth"
    for text in ("first", "second"):
        with whole_file(path) as unfinished:
            unfinished.write_text(text)
            assert unfinished.name == path.name
            assert [file.read_text() for file in path.parent.glob("*.pth")] != [text]
        assert path.read_text() == text
        assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file(error: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_text("old")

    def write() -> None:
        with whole_file(path) as unfinished:
            unfinished.write_text("ne")
            raise error

    with pytest.raises(error):
        write()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    with whole_file(tmp_path / "whole") as unfinished:
        unfinished.write_text("")
    assert (tmp_path / "whole").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX pipes")
def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    check_writable(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with whole_file(pipe) as unfinished:
        unfinished.write_text("text")
    assert os.read(reader, 10) == b"text"
    os.close(reader)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="has no /dev/stdout")
def test_a_file_that_is_the_output_is_written_to(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from hrnet_mm.whole_file import whole_file\n"
        "print('before', flush=True)\n"
        "with whole_file(Path('/dev/stdout')) as file, file.open('a') as out: out.write('it\\n')\n"
        "print('after')"
    )
    with (tmp_path / "log").open("a") as log:
        subprocess.run([sys.executable, "-c", code], stdout=log, check=True)
    assert (tmp_path / "log").read_text().split() == ["before", "it", "after"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_the_permissions_of_an_old_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(mode=0o600)
    with whole_file(path) as unfinished:
        unfinished.write_text("new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)


def test_what_a_killed_process_left_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with whole_file(tmp_path / "other" / "weights.pth") as unfinished:
        unfinished.write_text("")
        left = tmp_path / unfinished.parent.name
        left.mkdir()
        (left / "weights.pth").touch()
    assert left.exists()
    delete_unfinished(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"other"}


def test_a_folder_is_replaced_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "new" / "bundle"
    for name in ("first", "second"):
        with whole_folder(path) as unfinished:
            (unfinished / name).touch()
            assert not (path / name).exists()
        assert [file.name for file in path.iterdir()] == [name]
        assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_old_folder(tmp_path: Path) -> None:
    path = tmp_path / "bundle"
    path.mkdir()
    (path / "old").touch()

    def write() -> None:
        with whole_folder(path) as unfinished:
            (unfinished / "new").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert list(tmp_path.iterdir()) == [path]
    assert [file.name for file in path.iterdir()] == ["old"]


def test_a_look_at_what_can_be_written_makes_no_folder(tmp_path: Path) -> None:
    check_writable(tmp_path / "new/folder/file")
    assert not any(tmp_path.iterdir())
    (tmp_path / "file").touch()
    path = tmp_path / "file/folder/file"
    with pytest.raises(OSError, match="Not a directory") as caught:
        check_writable(path)
    assert caught.value.filename == str(path)
