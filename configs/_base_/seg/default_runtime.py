"""Runtime of mmseg, counted in iterations as there; hooks are the schedules', as in mmseg."""

custom_imports = dict(imports=["hrnet_mm"], allow_failed_imports=False)
randomness = dict(seed=0)
default_scope = "mmseg"
custom_hooks = [
    dict(type="hrnet_mm.ConsistencyHook"),
    dict(type="hrnet_mm.SeedHook"),
    dict(type="hrnet_mm.ResumeHook"),
    dict(type="hrnet_mm.DivergenceHook"),  # patience=20 iterations without a finite loss
    dict(type="SyncBuffersHook"),  # running statistics of the processes, averaged each epoch
]
env_cfg = dict(
    cudnn_benchmark=True,  # in mmseg and in the official code
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
    dist_cfg=dict(backend="nccl"),
)
log_processor = dict(type="LogProcessor", window_size=50, by_epoch=False, num_digits=6)
log_level = "INFO"
visualizer = dict(type="SegLocalVisualizer", vis_backends=[dict(type="LocalVisBackend")])
val_cfg = dict()
test_cfg = dict()
load_from = None
resume = False
