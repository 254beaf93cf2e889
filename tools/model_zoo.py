"""Write what comes from published.yml: the README's model table, metafiles and model-index.yml."""

import argparse
from pathlib import Path

from hrnet_mm.benchmark.published import load_published
from hrnet_mm.benchmark.zoo import stale_files, write
from hrnet_mm.launch.clear_errors import one_clear_error

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say which files are stale")
    args = parser.parse_args()
    with one_clear_error():
        rows = load_published()
        if args.check:
            stale = stale_files(ROOT, rows)
            print("\n".join(f"stale: {path}" for path in stale) or "all up to date")
            raise SystemExit(bool(stale))
        for path in write(ROOT, rows):
            print(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
