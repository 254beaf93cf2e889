"""Print a config with all that it inherits: ``python tools/print_config.py CONFIG``."""

import argparse

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.apis.configs import read_config
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.launch.command_line import Overrides


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", help="config file, or a name of docs/model_zoo.md")
    parser.add_argument(
        "--cfg-options", nargs="+", action=Overrides, default={}, help="overrides, key=value"
    )
    args = parser.parse_args()
    with one_clear_error():
        print(read_config(args.config, args.cfg_options).pretty_text, end="")


if __name__ == "__main__":
    main()
