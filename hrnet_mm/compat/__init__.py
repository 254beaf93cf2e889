"""Repairs of the stock OpenMMLab stack on today's PyTorch, one file each.

``import hrnet_mm`` installs them; each applies itself only where its fault is present.
"""

from hrnet_mm.compat import (
    bfloat16_arrays,
    cpu_autocast,
    cpu_distributed,
    editable_installs,
    find_loader,
    image_backends,
    inferencer_arrays,
    local_files,
    mmcv_ext,
    mmpose_evaluator,
    mmpose_flip,
    mmseg_class_weight,
    mmseg_inferencer,
    mmseg_logits,
    mmseg_visualizer,
    opencv_visualizer,
    pkg_resources,
    transformers,
    xtcocotools,
)
from hrnet_mm.post_import import Patch

REPAIRS: tuple[Patch, ...] = (
    mmcv_ext.REPAIR,
    pkg_resources.REPAIR,
    editable_installs.REPAIR,
    *find_loader.REPAIRS,
    transformers.REPAIR,
    xtcocotools.REPAIR,
    opencv_visualizer.REPAIR,
    image_backends.REPAIR,
    *cpu_distributed.REPAIRS,
    cpu_autocast.REPAIR,
    bfloat16_arrays.REPAIR,
    mmpose_evaluator.REPAIR,
    mmpose_flip.REPAIR,
    mmseg_class_weight.REPAIR,
    mmseg_inferencer.REPAIR,
    mmseg_logits.REPAIR,
    mmseg_visualizer.REPAIR,
    *inferencer_arrays.REPAIRS,
    *local_files.REPAIRS,
)
