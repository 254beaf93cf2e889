"""HRNet-W18-Small-v1, from scratch. Its name is nominal: the width is 16."""

trunk = dict(arch="w18_small_v1")
channels = (16, 32, 64, 128)
