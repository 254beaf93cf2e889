"""Train a config of any OpenMMLab toolbox: ``python tools/train.py CONFIG``."""

import shlex
import sys

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.launch.command_line import run_options, run_parser
from hrnet_mm.launch.training import train
from hrnet_mm.reports.training import ReportHook


def main() -> None:
    parser = run_parser(description=__doc__)
    parser.add_argument(
        "--resume",
        nargs="?",
        const="auto",
        metavar="CKPT",
        help="continue from CKPT, or from the work_dir's last checkpoint",
    )
    parser.add_argument(
        "--amp",
        action="store_true",
        help="mixed precision, in bfloat16 where it can",
    )
    parser.add_argument(
        "--auto-scale-lr", action="store_true", help="scale the learning rate by the batch size"
    )
    parser.add_argument(
        "--compile",
        action="store_true",
        help="compile the modules of the HRNet; needs a compiler; does not pay on a CPU",
    )
    parser.add_argument(
        "--skip-bad-samples",
        type=int,
        default=0,
        metavar="N",
        help="train on others instead of up to N images that cannot be read, and list them",
    )
    args = parser.parse_args()
    with one_clear_error():
        train(
            run_options(args),
            resume=args.resume,
            amp=args.amp,
            auto_scale_lr=args.auto_scale_lr,
            compiled=args.compile,
            hooks=[ReportHook(command=shlex.join(sys.orig_argv))],
            skip_bad_samples=args.skip_bad_samples,
        )


if __name__ == "__main__":
    main()
