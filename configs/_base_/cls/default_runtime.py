"""What every mmpretrain run has: the import of hrnet_mm, seed, hooks, log."""

custom_imports = dict(imports=["hrnet_mm"], allow_failed_imports=False)
default_scope = "mmpretrain"
randomness = dict(seed=0)
default_hooks = dict(
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=50),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(type="CheckpointHook", interval=1, save_best="accuracy/top1", rule="greater"),
    sampler_seed=dict(type="DistSamplerSeedHook"),
    visualization=dict(type="VisualizationHook", enable=False),
)
custom_hooks = [
    dict(type="hrnet_mm.ConsistencyHook"),
    dict(type="hrnet_mm.SeedHook"),
    dict(type="hrnet_mm.ResumeHook"),
    dict(type="hrnet_mm.DivergenceHook"),  # patience=20 iterations without a finite loss
    dict(type="SyncBuffersHook"),  # running statistics of the processes, averaged each epoch
]
env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
    dist_cfg=dict(backend="nccl"),
)
visualizer = dict(type="UniversalVisualizer", vis_backends=[dict(type="LocalVisBackend")])
log_processor = dict(type="LogProcessor", window_size=50, by_epoch=True, num_digits=6)
log_level = "INFO"
val_cfg = dict()
test_cfg = dict()
load_from = None
resume = False
