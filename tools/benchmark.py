"""Measure how fast models are: ``python tools/benchmark.py CONFIG...``.

Each is run by the toolbox's own HRNet in PyTorch, and by ours in PyTorch, torch.compile, ONNX
Runtime and OpenVINO, with the same weights, in one process, taking turns. docs/speed.md tells how
to read the table.
"""

import argparse
from pathlib import Path

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.apis.model import usable_device
from hrnet_mm.benchmark.speed.hardware import describe_hardware, usable_cpus
from hrnet_mm.benchmark.speed.inference import RUNTIMES
from hrnet_mm.benchmark.speed.measuring import BenchmarkOptions, measure
from hrnet_mm.benchmark.speed.report import json_speeds, markdown_speeds, print_speeds
from hrnet_mm.benchmark.speed.rows import PRECISIONS
from hrnet_mm.benchmark.speed.training import STEPS
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.launch.command_line import Overrides
from hrnet_mm.whole_file import whole_file


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "configs", metavar="CONFIG", nargs="+", help="config file, or a name of docs/model_zoo.md"
    )
    parser.add_argument(
        "--runtime",
        nargs="+",
        metavar="NAME",
        help=f"of {', '.join(RUNTIMES)}; with --train, of {', '.join(STEPS)}; default: all. "
        "stock is measured in any case, since the others are compared with it",
    )
    parser.add_argument(
        "--precision",
        nargs="+",
        metavar="NAME",
        help=f"of {', '.join(PRECISIONS)}; default: fp32 and those in which the device is faster",
    )
    parser.add_argument("--batch", type=int, default=1, metavar="N", help="images; default: 1")
    parser.add_argument("--device", help="cpu, cuda, cuda:1 ...; default: a GPU if there is one")
    parser.add_argument(
        "--train", action="store_true", help="a step of training, with the config's optimizer"
    )
    parser.add_argument(
        "--rounds", type=int, metavar="N", help="default: 50, and 10 with --train; at least 6"
    )
    parser.add_argument(
        "--input-size", nargs=2, type=int, metavar=("W", "H"), help="default: the config's"
    )
    parser.add_argument(
        "--cfg-options", nargs="+", action=Overrides, default={}, help="overrides, key=value"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there too")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write all that was measured there too"
    )
    return parser


def main() -> None:
    args = make_parser().parse_args()
    with one_clear_error():
        options = BenchmarkOptions(
            runtimes=args.runtime,
            precisions=args.precision,
            batch=args.batch,
            device=args.device,
            train=args.train,
            rounds=(10 if args.train else 50) if args.rounds is None else args.rounds,
            input_size=args.input_size and tuple(args.input_size),
            cfg_options=args.cfg_options,
        )
        speeds = [measure(config, options) for config in args.configs]
        head = describe_hardware(str(usable_device(options.device)), threads=usable_cpus())
        print_speeds(head, speeds)
        for path, form in ((args.markdown, markdown_speeds), (args.json, json_speeds)):
            if path:
                with whole_file(path) as unfinished:
                    unfinished.write_text(form(head, speeds))


if __name__ == "__main__":
    main()
