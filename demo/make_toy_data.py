"""Write the toy scenes, and a contact sheet of them."""

import argparse
from pathlib import Path

import cv2

from demo.painter import contact_sheet, draw_scene, write_toy_scenes

SCENES_ON_SHEET = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path("data/toy"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--train", type=int, default=480, help="training images")
    parser.add_argument("--val", type=int, default=80, help="validation images")
    parser.add_argument("--contact-sheet", type=Path, metavar="PNG", help="draw some scenes there")
    options = parser.parse_args()
    root = write_toy_scenes(
        options.root, seed=options.seed, num_train=options.train, num_val=options.val
    )
    print(f"toy scenes: {root}")
    if options.contact_sheet:
        scenes = [
            draw_scene(seed=options.seed, split="train", index=index)
            for index in range(SCENES_ON_SHEET)
        ]
        sheet = contact_sheet(scenes)
        cv2.imwrite(str(options.contact_sheet), sheet[..., ::-1])
        print(f"contact sheet: {options.contact_sheet}")


if __name__ == "__main__":
    main()
