"""Whatever the files are called, all names differ and stay below the folder."""

from pathlib import Path, PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from hrnet_mm.apis.names import Candidate, unique_names

PARTS = st.sampled_from(["a", "b", "a.jpg", "a.png", "a.jpg.png", "...jpg"])
FILES = st.tuples(st.lists(PARTS, max_size=3), st.lists(PARTS, min_size=1, max_size=3))


@given(st.lists(FILES, max_size=12, unique_by=lambda file: tuple(file[0] + file[1])))
def test_names(files: list[tuple[list[str], list[str]]]) -> None:
    candidates = [
        Candidate(path=Path("/", *base, *relative), base=Path("/", *base))
        for base, relative in files
    ]
    names = unique_names(candidates)
    assert len(set(names)) == len(files)
    for candidate, name in zip(candidates, names, strict=True):
        path = PurePosixPath(name)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert path.parts
        assert path.name in (candidate.path.name, candidate.path.stem)
    assert unique_names(candidates) == names
