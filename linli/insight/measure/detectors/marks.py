"""
A picture's mark: whether each of 256 points is darker than its neighbour on the right (the difference hash of N. Krawetz, 2013), as 64 hexadecimal digits.

Making it smaller, encoding it anew or brightening it changes few of the points; another shot of the same spot changes many.
"""

from __future__ import annotations

from io import BytesIO
from typing import Final

from linli.insight.measure.problems import refuse

SIDE: Final = 16
BITS: Final = SIDE * SIDE
FLAT: Final = 6
"""Less than this between neighbours (of 255) is noise; a picture with few greater steps has no mark."""
LEAST_STEPS: Final = 40


def picture_mark(content: bytes) -> str:
    """The mark of a picture, or "" for one that shows next to nothing (a blank page). Needs Pillow. Raises InputProblem for what is no picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(content)) as image:
            small = image.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.BOX)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as failed:
        raise refuse(
            "no_picture",
            "这个文件不是能读的图片。请换成 JPEG、PNG 或 WebP。",
            "This file is no picture that can be read. Use JPEG, PNG or WebP.",
        ) from failed
    points = small.tobytes()
    mark, steps = 0, 0
    for row in range(SIDE):
        for column in range(SIDE):
            at = row * (SIDE + 1) + column
            mark = mark << 1 | (points[at] < points[at + 1])
            steps += abs(points[at] - points[at + 1]) >= FLAT
    return f"{mark:0{BITS // 4}x}" if steps >= LEAST_STEPS else ""


def distance(a: int, b: int) -> int:
    """In how many points two marks differ."""
    return (a ^ b).bit_count()
