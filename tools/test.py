"""Evaluate a checkpoint, or its export: ``python tools/test.py CONFIG [CHECKPOINT|BUNDLE]``."""

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.launch.command_line import run_options, run_parser
from hrnet_mm.launch.tested_network import TEST_RUNTIMES, NetworkChoice
from hrnet_mm.launch.testing import test


def main() -> None:
    parser = run_parser(description=__doc__)
    parser.add_argument(
        "checkpoint",
        nargs="?",
        help="checkpoint file, or a bundle of tools/export.py; default: the public weights of a "
        "named model",
    )
    parser.add_argument("--out", metavar="JSON", help="write the metrics here")
    parser.add_argument("--show-dir", metavar="DIR", help="write images with predictions here")
    parser.add_argument("--dump", metavar="PKL", help="write the predictions here")
    parser.add_argument("--tta", action="store_true", help="the config's test-time augmentation")
    parser.add_argument(
        "--runtime",
        choices=TEST_RUNTIMES,
        help="what computes the network, which is timed; the last two export it first",
    )
    parser.add_argument("--half", action="store_true", help="the network in half precision")
    # An option may stand between the config and the checkpoint.
    args = parser.parse_intermixed_args()
    with one_clear_error():
        test(
            run_options(args),
            checkpoint=args.checkpoint,
            out=args.out,
            show_dir=args.show_dir,
            dump=args.dump,
            tta=args.tta,
            choice=NetworkChoice(runtime=args.runtime, half=args.half),
        )


if __name__ == "__main__":
    main()
