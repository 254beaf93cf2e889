"""What mmdet's evaluation needs to know of each image."""

packed = dict(
    type="PackDetInputs",
    meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "scale_factor"),
)
