"""A matrix as a PNG of black with an alpha channel, written here in a few lines.

Used as a CSS mask it takes the colour of the page, light or dark. Source: the PNG specification,
third edition, sections 5 and 11.
"""

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY_WITH_ALPHA = 4


def alpha_png(opacity: NDArray[np.uint8]) -> bytes:
    """Return a black picture of the opacities (rows, columns), 0 to 255."""
    num_rows, num_columns = opacity.shape
    header = struct.pack(">IIBBBBB", num_columns, num_rows, 8, GREY_WITH_ALPHA, 0, 0, 0)
    lines = np.zeros((num_rows, 1 + 2 * num_columns), np.uint8)  # 0 first: no filter on the line
    lines[:, 2::2] = opacity
    return b"".join(
        [
            SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def data_address(content: bytes) -> str:
    """Return a PNG as an address that holds it, for pages without outside resources."""
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
