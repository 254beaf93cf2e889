"""Checkpoints: read without running code, written whole, every public HRNet file recognised.

`recognise` finds the HRNet in a file, `convert` brings it into this package's layout and back, and
`loading` fits it to a model. `reading`, `writing` and `hook` change mmengine's own loading and
saving through `PATCHES`; they import PyTorch only when they are called.
"""

from hrnet_mm.checkpoint import hook, reading, writing

PATCHES = (*reading.PATCHES, *writing.PATCHES, *hook.PATCHES)
