"""Make a table of speed and memory on a GPU: ``python tools/gpu_report.py FILE``.

It runs tools/benchmark.py for pose, segmentation and classification, in prediction and in training,
the toolboxes' own HRNet against ours, and ends within nine minutes.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.errors import UserError
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.whole_file import whole_file

SECONDS = 9 * 60 - 15  # the rest is for starting and writing
POSE = "td-hm_hrnet-w32_8xb64-210e_coco-256x192"
SEGMENTATION = "fcn_hr48_4xb2-160k_cityscapes-512x1024"
CLASSIFICATION = "hrnet-w18_4xb32-100e_in1k"

PREDICTION = ["--runtime", "stock", "eager", "compile", "--precision", "fp32", "fp16"]
TRAINING = ["--train", "--rounds", "10"]
# The most telling come first, since what does not fit into the time is left out.
RUNS = [
    [POSE, "--batch", "64", *TRAINING],
    [POSE, "--batch", "64", *PREDICTION],
    [SEGMENTATION, "--batch", "2", *TRAINING],
    [CLASSIFICATION, "--batch", "32", *TRAINING],
    [SEGMENTATION, "--batch", "1", *PREDICTION],
    [CLASSIFICATION, "--batch", "32", *PREDICTION],
]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("markdown", type=Path, metavar="FILE", help="where to write the tables")
    args = parser.parse_args()
    with one_clear_error():
        if not torch.cuda.is_available():
            raise UserError("there is no CUDA device: tools/benchmark.py measures the CPU")
        write_report(args.markdown)


def write_report(path: Path) -> None:
    """Run one benchmark after the other, and write their tables after each."""
    end = time.monotonic() + SECONDS
    parts: list[str] = []
    for run in RUNS:
        parts.append(_run_benchmark(run, seconds=end - time.monotonic()))
        with whole_file(path) as unfinished:
            unfinished.write_text("\n".join(parts))
    print(path)


def _run_benchmark(options: list[str], *, seconds: float) -> str:
    """Return the tables of a benchmark, or a line that tells why there are none."""
    tool = Path(__file__).with_name("benchmark.py")
    command = f"benchmark.py {' '.join(options)}"
    print(command, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        tables = Path(folder, "tables.md")
        arguments = [sys.executable, str(tool), *options, "--markdown", str(tables)]
        try:
            done = subprocess.run(arguments, check=False, timeout=max(seconds, 0))
        except subprocess.TimeoutExpired:
            return f"`{command}`: not measured, the nine minutes were over\n"
        if done.returncode:
            return f"`{command}`: failed, see its message\n"
        return tables.read_text()


if __name__ == "__main__":
    main()
