"""PASCAL-Context in 60 classes, the background among them: 4998 to train, 5105 to validate.

The official branch HRNet-OCR: crops of 520², four GPUs × 4.
"""

# The short side becomes 520 first (pascal_ctx.py of that branch), then the long side 520 times one
# of 17 scales; zeros surround what is smaller than a crop.
# There the background of 59 classes becomes label 255, which its yaml does not ignore; here it is
# ignored, as in branch master. Nor does the padding of a crop count here, which is class 0 there:
# the -1 that its labels get does not fit into uint8.
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="Resize", scale=(100_000, 520), keep_ratio=True),
    dict(
        type="RandomChoiceResize",
        scales=[(52 * i, 52 * i) for i in range(5, 22)],  # 0.5 to 2.1
        keep_ratio=True,
    ),
    dict(type="RandomCrop", crop_size=(520, 520)),
    dict(type="Pad", size=(520, 520)),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PackSegInputs"),
]
# The model takes windows of 520² every 346 pixels (base_dataset.py:221-284 of the official code).
# The last one ends with the image, where the official code lets it reach beyond, into black, and an
# image smaller than a window stays as it is. Where windows overlap, the official code averages the
# exponentials of scores, mmseg the scores.
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="Resize", scale=(100_000, 520), keep_ratio=True),
    dict(type="Resize", scale=(520, 520), keep_ratio=True),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]
# mmseg averages the probabilities of all views. The official code averages the scores of an image
# and its flip, and sums their exponentials over the scales (base_dataset.py:204-284).
tta_model = dict(type="SegTTAModel")
tta_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="Resize", scale=(100_000, 520), keep_ratio=True),
    dict(
        type="TestTimeAug",
        transforms=[
            [  # 0.5 to 2: README of that branch
                dict(type="Resize", scale=(260, 260), keep_ratio=True),
                dict(type="Resize", scale=(390, 390), keep_ratio=True),
                dict(type="Resize", scale=(520, 520), keep_ratio=True),
                dict(type="Resize", scale=(650, 650), keep_ratio=True),
                dict(type="Resize", scale=(780, 780), keep_ratio=True),
                dict(type="Resize", scale=(910, 910), keep_ratio=True),
                dict(type="Resize", scale=(1040, 1040), keep_ratio=True),
            ],
            [dict(type="RandomFlip", prob=0.0), dict(type="RandomFlip", prob=1.0)],
            [dict(type="LoadAnnotations")],
            [dict(type="PackSegInputs")],
        ],
    ),
]

train_dataloader = dict(
    batch_size=4,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="InfiniteSampler", shuffle=True),
    dataset=dict(
        type="PascalContextDataset",
        data_root="data/VOCdevkit/VOC2010/",
        data_prefix=dict(img_path="JPEGImages", seg_map_path="SegmentationClassContext"),
        ann_file="ImageSets/SegmentationContext/train.txt",
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="PascalContextDataset",
        data_root="data/VOCdevkit/VOC2010/",
        data_prefix=dict(img_path="JPEGImages", seg_map_path="SegmentationClassContext"),
        ann_file="ImageSets/SegmentationContext/val.txt",
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="IoUMetric", iou_metrics=["mIoU"])
test_evaluator = val_evaluator
auto_scale_lr = dict(base_batch_size=16)

del train_pipeline
