"""The order of the colours in mmdet's FCOS.

The trunk was trained on RGB, but mmdet's weights come from training on BGR: kept for their sake.
"""

bgr = dict(mean=[103.53, 116.28, 123.675], std=[57.375, 57.12, 58.395], bgr_to_rgb=False)
