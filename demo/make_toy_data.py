"""Write the dataset of toy scenes and, if wanted, a contact sheet of some."""

import argparse
from pathlib import Path

import cv2
from rich.progress import Progress

from demo.painter import contact_sheet, draw_scene, write_toy_scenes

SCENES_ON_SHEET = 4


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.make_toy_data", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path("data/toy"), help="of the dataset")
    parser.add_argument("--seed", type=int, default=0, help="equal seeds give equal images")
    parser.add_argument("--train", type=int, default=480, help="number of training images")
    parser.add_argument("--val", type=int, default=80, help="number of validation images")
    parser.add_argument(
        "--contact-sheet", type=Path, metavar="PNG", help="write the contact sheet there"
    )
    options = parser.parse_args()
    with Progress() as progress:
        bar = progress.add_task("Drawing scenes")
        root = write_toy_scenes(
            options.root,
            seed=options.seed,
            num_train=options.train,
            num_val=options.val,
            on_scene=lambda drawn, total: progress.update(bar, completed=drawn, total=total),
        )
    print(f"toy scenes: {root}")
    if options.contact_sheet:
        numbers = range(SCENES_ON_SHEET)
        sheet = contact_sheet(
            [draw_scene(seed=options.seed, split="train", index=number) for number in numbers]
        )
        cv2.imwrite(str(options.contact_sheet), sheet[..., ::-1])
        print(f"contact sheet: {options.contact_sheet}")


if __name__ == "__main__":
    main()
