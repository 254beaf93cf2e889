"""Makes items in a background thread while the ones before are used."""

from collections import deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
_END = object()


def in_background(items: Generator[Item, None, None], *, ahead: int) -> Generator[Item, None, None]:
    """Yield the items of a generator, which runs in a thread.

    An error of the generator is raised after the items before it. When the consumer closes this
    one, or lets it go, the thread ends after the item that it is making, and ``items`` is closed.

    Args:
        items: Makes the items; used by nobody else.
        ahead: How many items, at least 1, are made before they are asked for.
    """
    thread = ThreadPoolExecutor(max_workers=1)
    try:
        waiting = deque(thread.submit(next, items, _END) for _ in range(ahead))
        while (item := waiting.popleft().result()) is not _END:
            waiting.append(thread.submit(next, items, _END))
            yield item  # type: ignore  (not _END)
    finally:
        # Nothing is submitted here: when garbage is collected, the thread has ended before.
        thread.shutdown(cancel_futures=True)
        items.close()
