"""COCO 2017 with boxes, at one of three scales and cropped: the official "ResizeCrop"."""

_base_ = ["coco_detection.py"]

train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations", with_bbox=True),
            dict(
                type="RandomChoiceResize",
                scales=[(1400, 600), (1400, 800), (1400, 1000)],
                keep_ratio=True,
            ),
            dict(type="RandomCrop", crop_size=(1200, 800)),
            dict(type="RandomFlip", prob=0.5),
            dict(type="PackDetInputs"),
        ],
    )
)
