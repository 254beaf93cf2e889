"""Public files come whole and right into torch.hub's cache, or not at all."""

import hashlib
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from mmengine.runner import checkpoint

from hrnet_mm.checkpoint import download
from hrnet_mm.checkpoint.download import cached_path, fetch, hash_in, is_available
from hrnet_mm.errors import CheckpointError

CONTENT = bytes(range(256)) * 12_000  # 3 MB, several chunks
HASH = hashlib.sha256(CONTENT).hexdigest()[:8]
NAME = f"hrnet-w32-{HASH}_20220909.pth"
HALF = len(CONTENT) // 2


@dataclass(kw_only=True)
class Server:
    """A server on localhost.

    Attributes:
        port: Where it listens.
        content: The file that it has under every name.
        sent: How many bytes it sends before it closes the connection; None for all.
        sends_parts: Whether it answers requests for a part with that part.
        asked: The ranges that were asked for; "" for the whole file.
    """

    port: int = 0
    content: bytes = CONTENT
    sent: int | None = None
    sends_parts: bool = True
    asked: list[str] = field(default_factory=list)

    def address(self, name: str = NAME) -> str:
        """Return where a file is."""
        return f"http://127.0.0.1:{self.port}/models/{name}?download=1"


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            server.asked.append(asked)
            start = int(re.findall(r"\d+", asked)[0]) if asked and server.sends_parts else 0
            if start >= len(server.content):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(server.content) - start))
            self.end_headers()
            self.wfile.write(server.content[start : server.sent])

        def do_HEAD(self) -> None:
            self.send_response(404 if "lost" in self.path else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    described = Server()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(described)) as running:
        described.port = running.server_address[1]
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield described
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path / "hub/checkpoints"


def files(cache: Path) -> dict[str, bytes]:
    """What a user, or torch.hub, finds in the cache; locks are empty."""
    return {path.name: path.read_bytes() for path in cache.iterdir() if path.suffix != ".lock"}


def test_a_file_is_fetched_once(server: Server, cache: Path) -> None:
    path = fetch(server.address())
    assert path == cached_path(server.address()) == cache / NAME
    assert fetch(server.address()) == path
    assert [each.name for each in cache.iterdir()] == [NAME]
    assert path.read_bytes() == CONTENT
    assert server.asked == [""]


def test_a_file_is_available_in_the_cache_or_where_a_server_has_it(
    server: Server, cache: Path
) -> None:
    assert is_available(server.address())
    assert not is_available(server.address("lost.pth"))
    assert not is_available("http://127.0.0.1:9/lost.pth")
    cache.mkdir(parents=True)
    (cache / "lost.pth").touch()
    assert is_available(server.address("lost.pth"))


def test_a_file_with_a_wrong_hash_is_refused_and_deleted(server: Server, cache: Path) -> None:
    server.content = b"another"
    found = hashlib.sha256(server.content).hexdigest()[:8]
    with pytest.raises(CheckpointError) as error:
        fetch(server.address())
    for word in (server.address(), HASH, found, str(cache / NAME)):
        assert word in str(error.value)
    assert files(cache) == {}


def test_half_a_file_is_no_file_and_resumed(server: Server, cache: Path) -> None:
    server.sent = HALF
    with pytest.raises(CheckpointError, match=r"the connection ended after 1\.5 MB of 3\.1 MB"):
        fetch(server.address())
    assert files(cache) == {f"{NAME}.part": CONTENT[:HALF]}
    server.sent = None
    fetch(server.address())
    assert files(cache) == {NAME: CONTENT}
    assert server.asked == ["", f"bytes={HALF}-"]


@pytest.mark.parametrize(
    ("part", "sends_parts"),
    [
        pytest.param(CONTENT[:HALF], False, id="of a server that sends no parts"),
        pytest.param(CONTENT + b"more", True, id="longer than the file"),
        pytest.param(CONTENT, True, id="whole, but without its name"),
    ],
)
def test_a_part_that_cannot_be_resumed_is_fetched_whole(
    part: bytes, sends_parts: bool, server: Server, cache: Path
) -> None:
    server.sends_parts = sends_parts
    cache.mkdir(parents=True)
    (cache / f"{NAME}.part").write_bytes(part)
    fetch(server.address())
    assert files(cache) == {NAME: CONTENT}


def test_a_part_of_another_file_is_deleted(server: Server, cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / f"{NAME}.part").write_bytes(bytes(HALF))
    with pytest.raises(CheckpointError, match=r"it was deleted\. Try again"):
        fetch(server.address())
    assert files(cache) == {}
    assert fetch(server.address()).read_bytes() == CONTENT


@pytest.mark.parametrize("cached", [b"", CONTENT[:HALF], b"another"])
def test_a_broken_file_in_the_cache_is_replaced(
    cached: bytes, server: Server, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache.mkdir(parents=True)
    (cache / NAME).write_bytes(cached)
    assert fetch(server.address()).read_bytes() == CONTENT
    assert f"{cache / NAME} is not the file that its name says" in capsys.readouterr().err


@pytest.mark.parametrize("is_cached", [True, False])
def test_without_a_server_the_error_says_where_to_put_the_file(
    is_cached: bool, server: Server, cache: Path
) -> None:
    if is_cached:
        cache.mkdir(parents=True)
        (cache / NAME).write_bytes(CONTENT[:HALF])
    address = f"http://127.0.0.1:9/{NAME}"  # the port of "discard", which nobody offers
    with pytest.raises(CheckpointError) as error:
        fetch(address)
    assert str(error.value).startswith(f"Cannot fetch {address}: URLError: ")
    assert str(error.value).endswith(f"put the file at {cache / NAME}")
    assert files(cache) == {}
    (cache / NAME).write_bytes(CONTENT)
    assert fetch(address) == cache / NAME


def test_a_missing_file_is_said(server: Server) -> None:
    server.content = b""  # the server has nothing from byte 0 on
    with pytest.raises(CheckpointError, match="HTTP Error 416"):
        fetch(server.address())


def test_a_file_without_a_hash_is_never_resumed_and_said_to_be_unchecked(
    server: Server, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "hrnet-20220909.pth"
    server.sent = HALF
    with pytest.raises(CheckpointError, match="the connection ended"):
        fetch(server.address(name))
    server.sent, server.content = None, CONTENT[::-1]
    fetch(server.address(name))
    assert files(cache) == {name: CONTENT[::-1]}
    assert server.asked == ["", ""]
    assert f"{name} has no hash in its name" in capsys.readouterr().err


def test_of_many_at_once_one_fetches(server: Server, cache: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(fetch, [server.address()] * 8)) == {cache / NAME}
    assert files(cache) == {NAME: CONTENT}
    assert server.asked == [""]


@pytest.mark.parametrize("by_name", [True, False])
def test_mmengine_loads_what_was_fetched(
    by_name: bool, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save({"weight": torch.ones(2)}, tmp_path / "weights.pth")
    server.content = (tmp_path / "weights.pth").read_bytes()
    address = server.address(f"w32-{hashlib.sha256(server.content).hexdigest()[:8]}_20220909.pth")
    monkeypatch.setattr(checkpoint, "get_torchvision_models", lambda: {"w32": address})
    source = "torchvision://w32" if by_name else address
    path = cached_path(address)
    path.parent.mkdir(parents=True)
    path.write_bytes(server.content[:-1])  # torch.hub would take it
    loaded = checkpoint.CheckpointLoader.load_checkpoint(source, map_location="cpu")
    assert torch.equal(loaded["weight"], torch.ones(2))
    server.content = b"another"
    path.unlink()
    with pytest.raises(CheckpointError, match=rf"^Cannot fetch {re.escape(address)}: its sha256"):
        checkpoint.CheckpointLoader.load_checkpoint(source, map_location="cpu")
    assert not path.exists()


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown(
    terminal: bool,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(download, "_LINE_EVERY", 0)
    monkeypatch.setenv("TTY_COMPATIBLE", "1" if terminal else "0")  # what rich takes for one
    fetch(server.address())
    out, err = capsys.readouterr()
    first, *shown = err.splitlines()
    assert out == ""
    assert first == f"fetching {server.address()}"
    if terminal:
        assert any("3.1/3.1 MB" in line for line in shown)
    else:
        assert shown[-1] == "  3.1 MB of 3.1 MB"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("hrnet_w32-36af842e.pth", "36af842e"),
        ("td-hm_hrnet-w32_8xb64-210e_coco-256x192-81c58e40_20220909.pth", "81c58e40"),
        ("fcn_hr18_512x1024_160k_cityscapes_20200602_190822-221e4a4f.pth", "221e4a4f"),
        ("hrnet-20220909.pth", None),
        ("hrnet-81c58e4.pth", None),
        ("hrnet-81c58e40.pth.part", None),
        ("hrnet.pth", None),
    ],
)
def test_the_hash_is_found_in_the_name(name: str, found: str | None) -> None:
    assert hash_in(name) == found
