"""The tasks of the demo and how each shows its predictions."""

from itertools import groupby, islice
from typing import Any

import mmcv
import numpy as np
import torch
from mmengine.runner import Runner

from hrnet_mm.demo.run import DemoTask


def draw_poses(runner: Runner, number: int) -> list[np.ndarray]:
    """Draw held-out images with the true skeletons on the left and the predicted on the right."""
    from mmpose.structures import merge_data_samples

    model: Any = runner.model
    loader: Any = runner.val_dataloader
    visualizer: Any = runner.visualizer
    visualizer.set_dataset_meta(loader.dataset.metainfo)
    model.eval()
    with torch.no_grad():
        people = (sample for batch in loader for sample in model.val_step(batch))
        images = groupby(people, key=lambda sample: sample.img_path)
        return [
            visualizer.add_datasample(
                name="demo",
                image=mmcv.imread(path, channel_order="rgb"),
                data_sample=merge_data_samples(list(samples)),
            )
            for path, samples in islice(images, number)
        ]


TASKS = {
    task.name: task
    for task in (
        DemoTask(
            name="pose",
            config="configs/toy/pose_hrnet-w18-small-v1_toy-128x96.py",
            metrics={
                "coco/AP": "AP",
                "coco/AP .5": "AP50",
                "coco/AP .75": "AP75",
                "coco/AR": "AR",
            },
            draw=draw_poses,
            caption="held-out images: true skeletons left, predicted right",
        ),
    )
}
