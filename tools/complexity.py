"""Compare parameters and MACs with the published ones: ``python tools/complexity.py [CONFIG...]``.

Without a config: all configs of the model zoo, which takes two minutes.
"""

import argparse
from pathlib import Path

from rich.progress import track

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.benchmark.complexity_table import (
    config_cost,
    markdown_costs,
    print_costs,
    rows_by_config,
    zoo_costs,
)
from hrnet_mm.benchmark.published import load_published
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.whole_file import whole_file

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("configs", metavar="CONFIG", nargs="*", help="default: the model zoo")
    parser.add_argument(
        "--shape", nargs=2, type=int, metavar=("WIDTH", "HEIGHT"), help="of the input"
    )
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write the table there too")
    args = parser.parse_args()
    if args.shape and not args.configs:
        parser.error("--shape needs a CONFIG")
    with one_clear_error():
        rows = load_published()
        size = tuple(args.shape) if args.shape else None
        costs = [config_cost(path, rows, input_size=size) for path in args.configs]
        if not args.configs:
            zoo = rows_by_config(rows)
            costs = list(track(zoo_costs(zoo, root=str(ROOT)), "counting", total=len(zoo)))
        print_costs(costs)
        if args.markdown:
            with whole_file(args.markdown) as unfinished:
                unfinished.write_text(markdown_costs(costs))


if __name__ == "__main__":
    main()
