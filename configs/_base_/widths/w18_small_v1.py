"""HRNet-W18-Small-v1, from scratch. Its name is nominal: the width is 16."""

trunk = dict(arch="w18_small_v1")
channels = (16, 32, 64, 128)
concatenated = dict(in_channels=240, channels=240)  # HRNetV2, and its head
