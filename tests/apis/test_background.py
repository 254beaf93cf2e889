"""Items are made ahead of use, in a thread that ends with them."""

import gc
import threading
from collections.abc import Generator
from itertools import count

import pytest

from hrnet_mm.apis.background import in_background


def _counted(made: list[int], closed: list[bool]) -> Generator[int, None, None]:
    try:
        for number in count():
            made.append(number)
            yield number
    finally:
        closed.append(True)


def test_items_come_in_order() -> None:
    assert list(in_background((i for i in range(20)), ahead=3)) == list(range(20))
    assert list(in_background((i for i in range(0)), ahead=3)) == []


def test_so_many_are_made_ahead_and_no_more() -> None:
    made: list[int] = []
    third = threading.Event()

    def items() -> Generator[int, None, None]:
        for number in count():
            made.append(number)
            if number == 3:
                third.set()
            yield number

    background = in_background(items(), ahead=3)
    assert next(background) == 0
    assert third.wait(10)  # while nothing is asked for
    background.close()
    assert made == [0, 1, 2, 3]


@pytest.mark.parametrize("how", ["close", "let go", "error"])
def test_the_thread_ends_with_its_consumer(how: str) -> None:
    threads = set(threading.enumerate())
    made, closed = [], []
    background = in_background(_counted(made, closed), ahead=2)
    next(background)
    assert len(set(threading.enumerate()) - threads) == 1
    if how == "close":
        background.close()
    elif how == "error":
        with pytest.raises(KeyboardInterrupt):
            background.throw(KeyboardInterrupt)
    del background
    assert closed == [True]
    assert set(threading.enumerate()) <= threads
    assert len(made) <= 4


def test_one_that_garbage_collection_finds_ends() -> None:
    closed: list[bool] = []
    background = in_background(_counted([], closed), ahead=2)
    next(background)
    cycle: list[object] = [background]
    cycle.append(cycle)
    del background, cycle
    collection = threading.Thread(target=gc.collect, daemon=True)
    collection.start()
    collection.join(10)
    assert not collection.is_alive()
    assert closed == [True]


def test_an_error_comes_after_the_items_before_it() -> None:
    def items() -> Generator[int, None, None]:
        yield 0
        raise OSError("broken")

    threads = set(threading.enumerate())
    background = in_background(items(), ahead=5)
    assert next(background) == 0
    with pytest.raises(OSError, match="broken"):
        next(background)
    assert set(threading.enumerate()) <= threads
