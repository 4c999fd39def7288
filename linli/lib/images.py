"""
Pictures from strangers, decoded and written anew: what comes out was made here and carries nothing of what came in.

Metadata (place, device, time), embedded payloads and odd encodings are gone; decompression bombs, truncated files, files that are two
types at once and unknown types are refused with a text that says what to do.
"""

from __future__ import annotations

import io
import math
import re
import struct
import warnings
import zipfile
import zlib
from typing import Any, Final, Literal

from PIL import ExifTags, Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from linli.lib.problems import InputProblem

Kind = Literal["jpeg", "png", "gif", "webp", "pdf", "heic"]

_FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP")  # phones that put two pictures in one file (MPO) come in as JPEG
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})
_MARKUP: Final = re.compile(rb"<script|<\?php|<html|<!doctype|<iframe", re.IGNORECASE)
_JPEG_QUALITY: Final = 85
_SRGB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_DAMAGE: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    struct.error,
    zlib.error,
    MemoryError,
)


class ImageError(InputProblem):
    """A picture that is not taken; `.code` is one of unknown_type, heic, not_a_picture, too_large, damaged, polyglot."""


def sniff(data: bytes) -> Kind | None:
    """The type told by the first bytes, whatever the file is called; None when it is none of those known here."""
    head = data[:12]
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "heic"
    return None


def reencode(data: bytes, *, max_pixels: int = 40_000_000, max_side: int = 2000) -> tuple[bytes, str]:
    """
    The picture as new JPEG ("jpeg"), or PNG ("png") where it has transparency or a palette, upright, at most `max_side` pixels long.

    Of an animation the first frame stays. Raises ImageError; `max_pixels` is checked before anything is decoded.
    """
    _check_kind(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            picture = _decode(data, max_pixels, max_side)
        except ImageError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise _too_large(max_pixels) from None
        except (UnidentifiedImageError, *_DAMAGE):
            raise ImageError(
                "damaged",
                "图片已损坏或不完整，请重新拍摄或重新选择后再传。",
                "The picture is damaged or incomplete; take or choose it again.",
            ) from None
        return _encode(picture, max_side)


def thumbnail(data: bytes, side: int) -> tuple[bytes, str]:
    """A small copy at most `side` pixels long, with its type; same refusals as `reencode`."""
    return reencode(data, max_side=side)


def position(data: bytes) -> tuple[float, float] | None:
    """
    Where a photo says it was taken: (latitude, longitude) in WGS-84 degrees; None where it does not say, or says nothing sensible.

    To be asked of the file as it came: `reencode` takes the place out with everything else.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                said = picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)
            latitude, longitude = _degrees(said, ExifTags.GPS.GPSLatitude), _degrees(said, ExifTags.GPS.GPSLongitude)
        except (Image.DecompressionBombError, UnidentifiedImageError, ZeroDivisionError, *_DAMAGE):
            return None
    sensible = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    return (latitude, longitude) if sensible else None


def _degrees(said: Any, tag: ExifTags.GPS) -> float:
    """Degrees, minutes and seconds as one number; south and west are negative. Raises KeyError, ValueError for anything else."""
    degrees, minutes, seconds = (float(part) for part in said[tag])
    found = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(found):
        raise ValueError("no number of degrees")
    return -found if str(said.get(tag - 1, "")).strip().upper() in ("S", "W") else found


def _check_kind(data: bytes) -> None:
    kind = sniff(data)
    if kind == "heic":
        raise ImageError(
            "heic",
            "暂不支持 HEIC/AVIF 格式。请在手机“设置—相机—格式”里选“兼容性最佳”，或截图后再传。",
            "HEIC and AVIF are not taken. Choose the most compatible format in the phone's camera settings, or send a screenshot.",
        )
    if kind == "pdf":
        raise ImageError(
            "not_a_picture",
            "这是 PDF 文件，这里只收照片；请截图或拍照后再传。",
            "This is a PDF, and only photos are taken here; send a screenshot or a photo.",
        )
    if kind is None:
        raise ImageError(
            "unknown_type",
            "只能上传 JPEG、PNG、GIF、WebP 图片，请转换格式后再传。",
            "Only JPEG, PNG, GIF and WebP pictures are taken; convert it first.",
        )
    if _MARKUP.search(data) or b"%PDF-" in data[:1100] or zipfile.is_zipfile(io.BytesIO(data)):
        raise ImageError(
            "polyglot",
            "图片里夹带了其他内容，不能上传；请用截图或重新拍摄的图片。",
            "The file holds something besides a picture and is not taken; send a screenshot or a new photo.",
        )


def _too_large(max_pixels: int) -> ImageError:
    millions = max_pixels // 1_000_000
    return ImageError(
        "too_large",
        f"图片超过 {millions} 百万像素，请缩小后再传。",
        f"The picture has more than {millions} million pixels; make it smaller first.",
    )


def _decode(data: bytes, max_pixels: int, max_side: int) -> Image.Image:
    # The library that lays out PDFs has truncated pictures taken everywhere in its process once it is loaded.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with Image.open(io.BytesIO(data), formats=_FORMATS) as source:
        if source.width * source.height > max_pixels:
            raise _too_large(max_pixels)
        source.draft("RGB", (max_side, max_side))
        source.load()
        picture = ImageOps.exif_transpose(source)
        return _plain_colours(picture, source.info.get("icc_profile"))


def _plain_colours(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The pixels in L, RGB or RGBA, in sRGB; deep greys are brought to eight bits."""
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        deep = picture.convert("F")
        return deep.point(lambda value: value * (1 / 256) + 0).convert("L")
    if picture.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in picture.info:
        return picture.convert("RGBA")
    if profile and picture.mode in ("RGB", "CMYK"):
        picture = _to_srgb(picture, profile)
    return picture if picture.mode in ("L", "RGB", "RGBA") else picture.convert("RGB")


def _to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Colours of a wide-gamut photo as every screen shows them; an unusable profile changes nothing."""
    try:
        converted = ImageCms.profileToProfile(picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return converted or picture


def _encode(picture: Image.Image, max_side: int) -> tuple[bytes, str]:
    picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    fresh = Image.frombytes(picture.mode, picture.size, picture.tobytes())  # pixels only: nothing of `info` comes along
    target = io.BytesIO()
    if fresh.mode == "RGBA":
        fresh.save(target, "PNG", optimize=False)
        return target.getvalue(), "png"
    fresh.save(target, "JPEG", quality=_JPEG_QUALITY, optimize=True, progressive=True)
    return target.getvalue(), "jpeg"
