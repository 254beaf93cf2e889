"""What tests of predictions share."""

from collections.abc import Iterator

import pytest


@pytest.fixture
def file_limit() -> Iterator[None]:
    """Let no file grow beyond 50 kB, like a disk that is full then."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
