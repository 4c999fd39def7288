"""Pictures come out new and bare; what is no honest picture is refused."""

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import Base

from linli.lib import images
from linli.lib.images import ImageError


def picture(form: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object) -> bytes:
    target = io.BytesIO()
    image = Image.new(mode, size, 100 if mode in ("L", "P", "I;16", "1") else None)
    image.save(target, form, **options)
    return target.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def refusal(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        images.reencode(data)
    assert caught.value.text_zh
    assert caught.value.text_en
    return caught.value.code


@pytest.mark.parametrize(("form", "kind"), [("JPEG", "jpeg"), ("PNG", "jpeg"), ("WEBP", "jpeg")])
def test_pictures_without_transparency_become_jpeg(form: str, kind: str) -> None:
    data, found = images.reencode(picture(form))
    assert (found, images.sniff(data)) == (kind, kind)
    assert opened(data).size == (60, 40)


@pytest.mark.parametrize(("form", "mode"), [("PNG", "RGBA"), ("PNG", "LA"), ("PNG", "P"), ("GIF", "P"), ("WEBP", "RGBA")])
def test_transparency_and_palettes_become_png(form: str, mode: str) -> None:
    data, kind = images.reencode(picture(form, mode=mode))
    assert (kind, images.sniff(data)) == ("png", "png")


@pytest.mark.parametrize(("form", "mode"), [("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "1"), ("PNG", "I;16")])
def test_odd_colours_become_ordinary_ones(form: str, mode: str) -> None:
    data, kind = images.reencode(picture(form, mode=mode))
    assert kind == "jpeg"
    assert opened(data).mode in ("L", "RGB")


def test_all_metadata_is_gone_and_the_picture_is_upright() -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    exif[Base.Make] = "SecretPhone"
    exif.get_ifd(0x8825)[2] = (30.0, 40.0, 0.0)
    data, _kind = images.reencode(picture(exif=exif, comment=b"SecretComment"))

    assert opened(data).size == (40, 60)
    assert not opened(data).getexif()
    assert b"Secret" not in data
    assert {"comment", "exif", "icc_profile", "xmp"}.isdisjoint(opened(data).info)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({1: "N", 2: (30.0, 30.0, 0.0), 3: "E", 4: (104.0, 15.0, 0.0)}, (30.5, 104.25)),
        ({1: "S", 2: (30.0, 30.0, 0.0), 3: "W", 4: (104.0, 15.0, 36.0)}, (-30.5, -104.26)),
        ({2: (30.0, 30.0, 0.0)}, None),
        ({1: "N", 2: (130.0, 0.0, 0.0), 3: "E", 4: (104.0, 0.0, 0.0)}, None),
        ({1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)}, None),
        ({1: "N", 2: (30.0, 30.0), 3: "E", 4: (104.0, 15.0)}, None),
        ({}, None),
    ],
)
def test_a_photo_says_where_it_was_taken_or_nothing(said: dict[int, object], found: tuple[float, float] | None) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update(said)

    assert images.position(picture(exif=exif)) == (pytest.approx(found) if found else None)
    assert images.position(b"no picture") is None


def test_a_large_picture_is_made_smaller_and_a_small_one_left() -> None:
    assert max(opened(images.reencode(picture(size=(3000, 1500)))[0]).size) == 2000
    assert opened(images.thumbnail(picture(size=(300, 150)), 64)[0]).size == (64, 32)
    assert opened(images.thumbnail(picture(size=(30, 15)), 64)[0]).size == (30, 15)


def test_encoding_again_keeps_the_type() -> None:
    data, kind = images.reencode(picture("PNG", mode="RGBA"))
    assert images.reencode(data)[1] == kind


def test_of_an_animation_the_first_frame_stays() -> None:
    target = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    pixel = opened(images.reencode(target.getvalue())[0]).convert("RGB").getpixel((5, 5))
    assert pixel == (255, 0, 0) or (isinstance(pixel, tuple) and pixel[0] > 200)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(side: int) -> bytes:
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7000, 60_000])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    assert refusal(bomb(side)) == "too_large"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_truncated_picture_is_refused(form: str) -> None:
    noisy = io.BytesIO()
    Image.effect_noise((200, 200), 80).convert("RGB").save(noisy, form)
    data = noisy.getvalue()
    assert refusal(data[: len(data) // 2]) == "damaged"


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "hello")
    return target.getvalue()


@pytest.mark.parametrize("payload", [b"<script>alert(1)</script>", b"<?php system('x'); ?>", b"<HTML>", zipped()])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF"])
def test_a_file_of_two_types_is_refused(form: str, payload: bytes) -> None:
    assert refusal(picture(form) + payload) == "polyglot"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "unknown_type"),
        (b"hello", "unknown_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown_type"),
        (b"BM" + bytes(60), "unknown_type"),
        (b"%PDF-1.7\n", "not_a_picture"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(20), "heic"),
        (b"\xff\xd8\xff" + bytes(50), "damaged"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(data: bytes, code: str) -> None:
    assert refusal(data) == code


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (picture(), "jpeg"),
        (picture("PNG"), "png"),
        (picture("GIF", mode="P"), "gif"),
        (picture("WEBP"), "webp"),
        (b"%PDF-1.4", "pdf"),
        (b"\x00\x00\x00\x20ftypmif1", "heic"),
        (b"PK\x03\x04", None),
    ],
)
def test_the_first_bytes_tell_the_type(data: bytes, kind: str | None) -> None:
    assert images.sniff(data) == kind


@settings(max_examples=60)
@given(
    st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=20)
)
def test_a_damaged_file_is_a_picture_or_a_refusal_and_nothing_else(form: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(picture(form))
    for place, byte in changes:
        data[place % len(data)] = byte
    try:
        again, kind = images.reencode(bytes(data))
    except ImageError:
        return
    assert images.sniff(again) == kind


def test_a_phone_picture_with_a_second_one_inside_is_taken() -> None:
    target = io.BytesIO()
    Image.new("RGB", (50, 40), "red").save(target, "MPO", save_all=True, append_images=[Image.new("RGB", (50, 40), "blue")])
    data, kind = images.reencode(target.getvalue())
    assert kind == "jpeg"
    assert opened(data).size == (50, 40)
