"""Rules about data loaders: workers and samplers."""

from collections.abc import Iterator

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.run_config import RunConfig


def workers(run: RunConfig) -> Iterator[Finding]:
    """PyTorch refuses options of worker processes without workers."""
    for split in run.splits:
        loader = run.loader(split)
        if not loader or loader.get("num_workers"):
            continue
        for option, instead in (("persistent_workers", False), ("prefetch_factor", None)):
            if loader.get(option):
                yield Finding(
                    text=f"{split}_dataloader.{option}={loader[option]!r} is for worker processes, "
                    f"and num_workers=0: set {option}={instead}, or num_workers to 1 or more"
                )


def samplers(run: RunConfig) -> Iterator[Finding]:
    """Either the sampler or the loader shuffles; in training, one of them does."""
    for split in run.splits:
        loader = run.loader(split)
        key, sampler, shuffle = f"{split}_dataloader", loader.get("sampler"), loader.get("shuffle")
        if sampler and shuffle:
            yield Finding(
                text=f"{key}.shuffle={shuffle!r}, but the sampler shuffles: set {key}.sampler."
                "shuffle, and leave this out"
            )
        elif loader and split == "train" and not (sampler or shuffle or "batch_sampler" in loader):
            yield Finding(
                text=f"{key} sets no sampler and so reads the images in the same order each time: "
                "add sampler=dict(type='DefaultSampler', shuffle=True)",
                is_error=False,
            )


RULES = (workers, samplers)
