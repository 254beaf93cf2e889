"""Checkpoints: read without running code, written whole, every public HRNet file recognised.

`recognise` finds the HRNet in a file, `convert` converts it to this package's layout and back, and
`loading` fits it to a model. `reading`, `writing` and `public_files` change mmengine's own loading
and saving through `PATCHES`; they import PyTorch only when they are called.
"""

from hrnet_mm.checkpoint import public_files, reading, writing

PATCHES = (*reading.PATCHES, *writing.PATCHES, *public_files.PATCHES)
