"""Rules about data loaders: workers, samplers, and the checkpoint that an evaluator chooses."""

from collections.abc import Iterator

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.run_config import RunConfig


def workers(run: RunConfig) -> Iterator[Finding]:
    """Options of worker processes are refused by PyTorch where there are no workers."""
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
    """Every loader names its sampler, which does the shuffling."""
    for split in run.splits:
        loader = run.loader(split)
        if not loader:
            continue
        sampler = f"sampler=dict(type='DefaultSampler', shuffle={split == 'train'})"
        if "sampler" not in loader:
            yield Finding(text=f"{split}_dataloader sets no sampler: add {sampler}")
        elif loader.get("shuffle"):
            yield Finding(
                text=f"{split}_dataloader.shuffle={loader['shuffle']!r}: the sampler shuffles; "
                f"leave it out and set {sampler}"
            )


RULES = (workers, samplers)
