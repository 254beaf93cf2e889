"""The demo: trains on the toy scenes, evaluates before and after, and shows what was learnt."""

from hrnet_mm.demo.run import DemoResult, DemoTask, Metric, in_order, run_task
from hrnet_mm.demo.summary import print_summary, write_summary
from hrnet_mm.demo.tasks import TASKS

__all__ = [
    "TASKS",
    "DemoResult",
    "DemoTask",
    "Metric",
    "in_order",
    "print_summary",
    "run_task",
    "write_summary",
]
