"""A bundle: a folder with an exported network and all that is needed to predict with it.

``model.json`` describes what stands beside it. Nothing but numpy and the standard library reads it.
"""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hrnet_mm.deploy.parsing import parse
from hrnet_mm.deploy.tasks import Task
from hrnet_mm.errors import UserError
from hrnet_mm.whole_file import whole_file

LAYOUT = 1  # counts changes of the fields
DESCRIPTION = "model.json"

Format = Literal["onnx", "openvino"]
Triple = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class NetworkInput:
    """What the graph takes: (N, 3, H, W), normalised.

    Attributes:
        name: Of the graph's input.
        width: In pixels, of what it is given; None for that of the image.
        height: The same.
        batch: How many images at once; None if the graph takes any number.
        mean: Of each channel, subtracted from values of 0 to 255.
        std: Of each channel, which the difference is divided by.
        channel_order: Of the channels that the network takes; images come in BGR order.
        divisor: Height and width are multiples of it; images are padded at right and bottom.
        pad_value: What they are padded with, after the normalisation.
        dtype: Of the numbers.
    """

    name: str
    width: int | None
    height: int | None
    batch: int | None
    mean: Triple
    std: Triple
    channel_order: Literal["rgb", "bgr"]
    divisor: int = 1
    pad_value: float = 0.0
    dtype: Literal["float32", "float16"] = "float32"


@dataclass(frozen=True, kw_only=True)
class Output:
    """An output of a graph.

    Attributes:
        name: As the graph calls it.
        shape: Its dimensions; None for those that differ between calls.
        stride: Pixels of the input for one of the feature map; None where there is no such thing.
        meaning: In words.
    """

    name: str
    shape: tuple[int | None, ...]
    stride: int | None
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Quantization:
    """How a network came to compute in 8-bit integers.

    Attributes:
        images: How many images of the training set showed the range of activations.
        float_layers: What is left in float, as the graphs call it.
    """

    images: int
    float_layers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What ``model.json`` says.

    Attributes:
        layout: The number of this set of fields.
        hrnet_mm: The version that wrote it.
        format: Of the graphs.
        task: What the network predicts, and how its input and output are treated.
        input: What the graph takes.
        outputs: What it gives.
        files: The SHA-256 of each file beside this one, by name.
        config: The name of the config.
        weights_sha256: Of the checkpoint that was exported.
        versions: Of the libraries that took part.
        tolerance: The largest difference to torch's output that was accepted, as a share of the
            largest activation.
        error: The largest difference that was measured, as the same share.
        date: In ISO 8601.
        quantization: None for a network that computes in float.
    """

    layout: int = LAYOUT
    hrnet_mm: str
    format: Format
    task: Task
    input: NetworkInput
    outputs: tuple[Output, ...]
    files: dict[str, str]
    config: str
    weights_sha256: str
    versions: dict[str, str]
    tolerance: float
    error: float
    date: str
    quantization: Quantization | None = None

    @property
    def precision(self) -> str:
        """What the network computes in: float32, float16 or int8."""
        return self.input.dtype if self.quantization is None else "int8"

    @classmethod
    def read(cls, folder: Path) -> "Bundle":
        """Read a bundle, and check that its files are those that were written.

        Raises:
            FileNotFoundError: There is no such folder.
            UserError: It is no bundle, or damaged, or of another version.
        """
        if not folder.exists():
            raise FileNotFoundError(f"there is no bundle {folder}")
        path = folder / DESCRIPTION
        if not path.is_file():
            raise UserError(f"the folder {folder} is no bundle: it has no {DESCRIPTION}")
        try:
            content = json.loads(path.read_bytes())
        except ValueError as error:
            raise UserError(f"{path} is damaged: {error}; export the bundle again") from error
        layout = content.get("layout") if isinstance(content, dict) else None
        if layout != LAYOUT:
            raise UserError(
                f"{path}: layout {layout!r}; this version of hrnet_mm reads layout {LAYOUT}: "
                "export again with it"
            )
        bundle = parse(cls, content, file=path)
        bundle._check_files(folder)
        return bundle

    def write(self, folder: Path) -> None:
        """Write ``model.json``, whole or not at all; ``files`` are there already."""
        self._check_files(folder)
        text = json.dumps(dataclasses.asdict(self), indent=2, allow_nan=False)
        with whole_file(folder / DESCRIPTION) as unfinished:
            unfinished.write_text(text + "\n", encoding="utf-8")

    def _check_files(self, folder: Path) -> None:
        for name, expected in self.files.items():
            path = folder / name
            if path.name != name:
                raise UserError(f"{folder / DESCRIPTION}: file {name!r} is not beside it")
            if not path.is_file():
                raise UserError(f"{path} is missing; export the bundle again")
            if sha256_of(path) != expected:
                raise UserError(
                    f"{path} is not the file that {DESCRIPTION} describes (another SHA-256): it is "
                    "damaged or of another bundle; export again"
                )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
