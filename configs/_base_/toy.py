"""The generated scenes, 320×240: where they are and what they show (hrnet_mm.datasets)."""

_base_ = ["loaders.py"]

data_root = "data/toy/"
stuff = ("sky", "building", "road", "grass")
things = ("person", "car", "dog", "tree", "ball", "sign")
stuff_palette = [(112, 176, 224), (160, 120, 108), (128, 128, 136), (132, 184, 92)]
things_palette = [
    (236, 92, 92),
    (64, 84, 196),
    (168, 92, 40),
    (36, 116, 68),
    (248, 180, 48),
    (176, 76, 188),
]

# The work for one image is small: a second worker would take the processor from the network.
train_dataloader = dict(num_workers=1, drop_last=True)
val_dataloader = dict(num_workers=1)
test_dataloader = val_dataloader
