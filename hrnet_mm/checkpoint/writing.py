"""A training that is killed, or meets a full disk, always leaves a whole checkpoint.

mmengine (0.10.7) writes checkpoints and ``last_checkpoint`` in place, so a kill leaves half a file
under the final name; and its ``CheckpointHook`` deletes the old checkpoint (``max_keep_ckpts``,
``save_best``) before it writes the new one, so a kill or a full disk may leave none.

Here local files are written with `whole_file`, and what a save makes superfluous is deleted after
it. What a kill leaves behind is deleted too: unfinished files at the next save, an old checkpoint
when the training resumes (an old best one may stay). Remote storage and DeepSpeed's folders are
written as in mmengine. Each patch is skipped where mmengine does it itself.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from hrnet_mm.post_import import Patch, replace_function
from hrnet_mm.whole_file import delete_unfinished, whole_file


def _writes_in_place(module: ModuleType) -> bool:
    return not {"replace", "rename"} & {*module.save_checkpoint.__code__.co_names}


def _save_whole_checkpoints(module: ModuleType) -> None:
    stock = module.save_checkpoint

    def save_checkpoint(
        checkpoint: Any,
        filename: str,
        file_client_args: dict[str, Any] | None = None,
        backend_args: dict[str, Any] | None = None,
    ) -> None:
        where = {"file_client_args": file_client_args, "backend_args": backend_args}
        if _is_local(filename, **where):
            with whole_file(Path(filename)) as unfinished:
                stock(checkpoint, str(unfinished), **where)
        else:
            stock(checkpoint, filename, **where)

    replace_function(module, stock, save_checkpoint)


def _is_local(filename: str, file_client_args: Any, backend_args: Any) -> bool:
    from mmengine.fileio import FileClient, LocalBackend, get_file_backend

    if "://" in filename:
        return False
    if file_client_args is not None:
        return isinstance(FileClient.infer_client(file_client_args, filename).client, LocalBackend)
    return isinstance(get_file_backend(filename, backend_args=backend_args), LocalBackend)


def _opens_last_checkpoint(module: ModuleType) -> bool:
    return "open" in module.CheckpointHook._save_checkpoint_with_step.__code__.co_names


def _delete_after_saving(module: ModuleType) -> None:
    hook = module.CheckpointHook
    save_step = _then_delete_oldest(hook._save_checkpoint_with_step)
    save_best = _then_delete_old_best(hook._save_best_checkpoint)
    module.__dict__["open"] = _open_whole  # it opens nothing but last_checkpoint
    hook._save_checkpoint_with_step = save_step
    hook._save_best_checkpoint = save_best


@contextmanager
def _open_whole(path: str, *how: Any, **options: Any) -> Iterator[IO[Any]]:
    with whole_file(Path(path)) as unfinished, open(unfinished, *how, **options) as file:
        yield file


def _then_delete_oldest(save: Callable[..., None]) -> Callable[..., None]:
    from mmengine.dist import is_main_process

    def save_checkpoint_with_step(self: Any, runner: Any, step: int, meta: dict[str, Any]) -> None:
        if is_main_process():
            for folder in (self.out_dir, runner.work_dir):
                delete_unfinished(Path(folder))
        limit = self.max_keep_ckpts
        if limit <= 0:
            return save(self, runner, step, meta)
        kept = self.keep_ckpt_ids
        # With room for one more, the stock method deletes nothing and the checkpoint records the
        # oldest as kept. So if a kill comes before we delete it, resuming does.
        self.keep_ckpt_ids, self.max_keep_ckpts = deque(kept), limit + 1
        try:
            save(self, runner, step, meta)
            saved = list(self.keep_ckpt_ids)
            kept = deque(saved, limit)
        finally:
            self.keep_ckpt_ids, self.max_keep_ckpts = kept, limit
        if is_main_process():
            _delete(self, saved[:-limit])

    return save_checkpoint_with_step


def _delete(hook: Any, steps: Sequence[int]) -> None:
    storage = hook.file_backend
    for step in steps:
        path = storage.join_path(hook.out_dir, hook.filename_tmpl.format(step))
        if storage.isfile(path):
            storage.remove(path)
        elif storage.isdir(path):  # DeepSpeed's
            storage.rmtree(path)


def _then_delete_old_best(save: Callable[..., None]) -> Callable[..., None]:
    def save_best_checkpoint(self: Any, runner: Any, metrics: dict[str, Any]) -> None:
        if not self.save_best:
            return save(self, runner, metrics)
        storage = self.file_backend
        self.file_backend = deferring = _DeletesLater(storage)
        try:
            save(self, runner, metrics)
        finally:
            self.file_backend = storage
        best = {
            getattr(self, "best_ckpt_path", None),
            *getattr(self, "best_ckpt_path_dict", {}).values(),
        }
        for path, delete in deferring.deletions.items():
            # The new best may have the name of the old one; the old one of a copied work_dir is
            # that of the original.
            if path not in best and os.path.dirname(path) == str(self.out_dir):
                delete()

    return save_best_checkpoint


class _DeletesLater:
    """A storage backend that puts deletions off."""

    def __init__(self, storage: Any) -> None:
        self.storage = storage
        self.deletions: dict[str, Callable[[], None]] = {}

    def remove(self, path: str) -> None:
        self.deletions[path] = partial(self.storage.remove, path)

    def rmtree(self, path: str) -> None:
        self.deletions[path] = partial(self.storage.rmtree, path)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.storage, name)


PATCHES = (
    Patch(
        title="checkpoints are written whole or not at all",
        waits_for="mmengine.runner",
        is_needed=_writes_in_place,
        apply=_save_whole_checkpoints,
    ),
    Patch(
        title="old checkpoints are deleted after the new one is whole",
        waits_for="mmengine.hooks.checkpoint_hook",
        is_needed=_opens_last_checkpoint,
        apply=_delete_after_saving,
    ),
)
