"""HRNet-W18-Small-v1, pretrained on ImageNet by the authors and served by timm's account."""

_base_ = ["w18_small_v1.py"]

trunk = dict(
    init_cfg=dict(
        type="Pretrained",
        checkpoint="https://huggingface.co/timm/hrnet_w18_small.ms_in1k/resolve/main/"
        "pytorch_model.bin",
    ),
)
