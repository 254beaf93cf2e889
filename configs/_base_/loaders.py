"""How the loaders of every data set work: shuffled passes to train, one pass in order to test."""

train_dataloader = dict(
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
)
val_dataloader = dict(
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
)
test_dataloader = val_dataloader
