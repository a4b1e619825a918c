"""A PNG encoder that is fast rather than thorough, for pictures that do not leave this machine.

Pillow tries five filters on every row, which takes longer than the rest of a redraw. Most rows of a plot are white, and
zlib's fastest level compresses those well without a filter.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
EIGHT_BITS, RGBA = 8, 6
FASTEST = 1


def encode(pixels: NDArray[np.uint8]) -> bytes:
    """Encode a picture as a PNG file.

    Parameters
    ----------
    pixels : (height, width, 4) array of uint8
        Red, green, blue and opacity.

    Returns
    -------
    bytes
        The content of the file.

    References
    ----------
    ISO/IEC 15948:2004, sections 5 and 11.
    """
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 4 * width), np.uint8)  # each row begins with its filter: 0, none
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, EIGHT_BITS, RGBA, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows.data, FASTEST)), (b"IEND", b"")
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
