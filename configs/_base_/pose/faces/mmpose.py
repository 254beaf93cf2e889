"""mmpose's recipe for face landmarks."""

_base_ = ["hrnetv2_w18.py", "../schedules/mmpose_60e.py", "../topdown.py", "../crops/256x256.py"]

model = dict(head=dict(decoder=_base_.codec))
augmentation = [
    *_base_.boxes,
    dict(
        type="RandomBBoxTransform",
        shift_prob=0,
        rotate_factor=60,
        scale_factor=(0.75, 1.25),
    ),
]
train_pipeline = [*augmentation, *_base_.targets]
