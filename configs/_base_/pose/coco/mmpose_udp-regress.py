"""mmpose's recipe for COCO with UDP's discs and offsets: three maps for each keypoint."""

_base_ = ["mmpose_udp.py"]

model = dict(
    head=dict(out_channels=3 * 17, loss=dict(type="CombinedTargetMSELoss")),
    train_cfg=dict(compute_acc=False),
    test_cfg=dict(flip_mode="udp_combined"),
)
