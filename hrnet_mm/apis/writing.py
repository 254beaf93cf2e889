"""Writes predictions and drawings below a folder, an image or a frame at a time."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np

from hrnet_mm.apis.forms import ImageId, Naming, label_image
from hrnet_mm.apis.frames import Prediction
from hrnet_mm.apis.outputs import growing_file, write_jpeg, write_whole
from hrnet_mm.apis.sources import ImageFile, Source
from hrnet_mm.apis.texts import Format, texts
from hrnet_mm.apis.video import VideoWriter, video_writer
from hrnet_mm.results import LabelMap


class PredictionWriter:
    """Writes what a model predicts.

    For an image, ``vis/NAME.jpg`` and ``predictions/NAME.json``. For a video, ``vis/NAME.mp4`` and
    ``predictions/NAME.jsonl``, a line for each frame as it comes; that file is called
    ``NAME.jsonl.part`` until it is complete. Label maps are ``predictions/NAME.png``, those of a
    video ``predictions/NAME.labels/000000.png`` and so on.

    Attributes:
        folders: Those below which all files come.
    """

    def __init__(
        self, out_dir: Path, *, naming: Naming, form: Format = "json", draws: bool = True
    ) -> None:
        """Prepare the writing; no file is touched.

        Args:
            out_dir: The folder of all files.
            naming: What the numbers of predictions mean.
            form: Of the predictions; "csv" for poses only.
            draws: Whether there will be drawings.

        Raises:
            UserError: The form does not suit the task.
        """
        self._vis, self._predictions = self.folders = out_dir / "vis", out_dir / "predictions"
        self._naming, self._draws = naming, draws
        self._texts = texts(form, naming=naming)

    def is_done(self, source: Source) -> bool:
        """Tell whether all that is written for a source is there."""
        if isinstance(source, ImageFile):
            drawing, suffix = self._vis / f"{source.name}.jpg", self._texts.image_suffix
        else:
            drawing, suffix = self._vis / f"{source.name}.mp4", self._texts.video_suffix
        # These come last.
        predictions = self._predictions / f"{source.name}{suffix}"
        return predictions.exists() and (drawing.exists() or not self._draws)

    def write_image(
        self, prediction: Prediction, *, drawing: np.ndarray | None, image_id: ImageId | None = None
    ) -> None:
        """Write what is predicted for an image.

        Args:
            prediction: The prediction.
            drawing: (H, W, 3) in BGR order, uint8; None without drawings.
            image_id: In COCO's records; None for the number or name of the file.

        Raises:
            UserError: A file cannot be written.
        """
        name, result = prediction.frame.name, prediction.result
        if drawing is not None:
            write_jpeg(self._vis / f"{name}.jpg", drawing)
        if isinstance(result, LabelMap):
            self._write_labels(self._predictions / f"{name}.png", result)
        text = self._texts.of_image(prediction, image_id=image_id)
        write_whole(self._predictions / f"{name}{self._texts.image_suffix}", text)

    @contextmanager
    def video(
        self, name: str, *, fps: float | None
    ) -> Iterator[Callable[[Prediction, np.ndarray | None], None]]:
        """Write what is predicted for a video.

        The first frame opens the files, which get their names when this ends without an error. An
        error leaves ``NAME.jsonl.part`` and label maps.

        Args:
            name: Of the video.
            fps: Frames per second of the drawn video; None if unknown.

        Yields:
            A function that takes what is predicted for the next frame, and its drawing as in
            `write_image`; it raises a `UserError` if a file cannot be written.
        """
        text_file = self._predictions / f"{name}{self._texts.video_suffix}"
        label_folder = self._predictions / f"{name}.labels"
        add_text: Callable[[str], None] | None = None
        video: VideoWriter | None = None

        def write(prediction: Prediction, drawing: np.ndarray | None) -> None:
            nonlocal add_text, video
            if add_text is None:
                shutil.rmtree(label_folder, ignore_errors=True)  # it may hold more frames
                add_text = files.enter_context(growing_file(text_file))
                add_text(self._texts.head)
                if drawing is not None:
                    size = drawing.shape[1], drawing.shape[0]
                    path = self._vis / f"{name}.mp4"
                    video = files.enter_context(video_writer(path, fps=fps, size=size))
            if video is not None and drawing is not None:
                video.write(drawing)
            if isinstance(prediction.result, LabelMap):
                path = label_folder / f"{prediction.frame.index:06d}.png"
                self._write_labels(path, prediction.result)
            add_text(self._texts.of_frame(prediction))

        # The drawn video is opened last and closed first.
        with ExitStack() as files:
            yield write

    def _write_labels(self, path: Path, result: LabelMap) -> None:
        content = BytesIO()
        label_image(result, naming=self._naming).save(content, "png")
        write_whole(path, content.getvalue())
