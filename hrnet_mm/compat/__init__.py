"""Repairs of the stock OpenMMLab stack on today's PyTorch, one file each.

``import hrnet_mm`` installs them; each applies itself only where its fault is present.
"""

from hrnet_mm.compat.repair import Repair, install, outcomes, when_imported

REPAIRS: tuple[Repair, ...] = ()

__all__ = ["REPAIRS", "Repair", "install", "outcomes", "when_imported"]
