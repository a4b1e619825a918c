"""A picture for readers without a kernel: on a page, in print, in a notebook that nobody runs."""

import io
import textwrap

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from pgcourse.figures import style

SIZE = 11  # points of the words
LETTERS_PER_INCH = 12.5  # of these words
LINE = 0.22  # inches
COLOURS = 128  # of the file: one fourth of the bytes, and no difference to see


def with_words(picture: NDArray[np.uint8], words: str, magnification: float) -> bytes:
    """Write words below a picture, and encode both as a PNG file that is small enough to keep.

    Parameters
    ----------
    picture : (height, width, 4) array of uint8
    words : str
    magnification : float
        Pixels of the picture per CSS pixel.

    Returns
    -------
    bytes
        The content of the file.
    """
    dpi = style.CSS_PIXELS_PER_INCH * magnification
    width = picture.shape[1] / dpi
    lines = textwrap.wrap(words, int(LETTERS_PER_INCH * width))
    figure = Figure(figsize=(width, LINE * (len(lines) + 0.5)), dpi=dpi, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    figure.text(0.1 / width, 1 - 0.05 / len(lines), "\n".join(lines), size=SIZE, va="top", parse_math=False)
    canvas.draw()
    below = np.asarray(canvas.buffer_rgba())[:, : picture.shape[1]]
    image = Image.fromarray(np.vstack([picture, below])).convert("RGB")
    file = io.BytesIO()
    image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()
