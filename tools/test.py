"""Evaluate a checkpoint of any OpenMMLab toolbox: ``python tools/test.py CONFIG [CHECKPOINT]``."""

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.launch.command_line import run_options, run_parser
from hrnet_mm.launch.testing import test


def main() -> None:
    parser = run_parser(description=__doc__)
    parser.add_argument(
        "checkpoint",
        nargs="?",
        help="checkpoint file; default: the public weights of a named model",
    )
    parser.add_argument("--out", metavar="JSON", help="write the metrics here")
    parser.add_argument("--show-dir", metavar="DIR", help="write images with predictions here")
    parser.add_argument("--dump", metavar="PKL", help="write the predictions here")
    parser.add_argument("--tta", action="store_true", help="the config's test-time augmentation")
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
        )


if __name__ == "__main__":
    main()
