"""Faster R-CNN on COCO with trained batch norms, each image at one of three scales and cropped.

The official "ResizeCrop". As there, all batches have one size, and the norms see the padding too.
"""

_base_ = ["faster-rcnn_syncbn.py"]

_crop = [
    dict(
        type="RandomChoiceResize",
        scales=[(1400, 600), (1400, 800), (1400, 1000)],
        keep_ratio=True,
    ),
    dict(type="RandomCrop", crop_size=(1200, 800)),
]
model = dict(
    data_preprocessor=dict(batch_augments=[dict(type="BatchFixedSizePad", size=(800, 1216))])
)
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            part
            for step in _base_.train_dataloader.dataset.pipeline
            for part in (_crop if step["type"] == "Resize" else [step])
        ]
    )
)
