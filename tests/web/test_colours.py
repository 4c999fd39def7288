"""Every text colour on every ground it is used on reaches 4.5:1, every mark 3:1, in each scheme."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "linli" / "web" / "static" / "web" / "css"
TOKENS = (CSS / "tokens.css").read_text(encoding="utf-8")
VALUE = re.compile(r"--([\w-]+):\s*(#[0-9a-fA-F]{6}(?:[0-9a-fA-F]{2})?)\s*;")


def block(head: str) -> dict[str, str]:
    found = re.search(rf"^{re.escape(head)}\s*\{{(.*?)^\}}", TOKENS, re.S | re.M)
    assert found, head
    return {name: value[:7] for name, value in VALUE.findall(found[1])}


LIGHT = block(":root")
SCHEMES = {"light": LIGHT, "dark": {**LIGHT, **block(':root[data-theme="dark"]')}, "sheet": {**LIGHT, **block(".sheet")}}

GROUNDS = ("paper", "card", "sunk", "hover")
TEXT = [(text, ground) for text in ("text", "text-2", "text-3", "link", "done", "refused", "promised", "informed") for ground in GROUNDS]
TEXT += [(tone, f"{tone}-wash") for tone in ("done", "refused", "promised", "informed", "stopped")]
TEXT += [("text", f"{tone}-wash") for tone in ("done", "refused", "promised", "informed", "stopped")]
TEXT += [("text-2", f"{tone}-wash") for tone in ("done", "refused", "promised", "informed")]
TEXT += [
    ("on-go", "go"),
    ("on-go", "go-strong"),
    ("on-band", "band"),
    ("on-band", "band-deep"),
    ("on-refused", "refused"),
    ("link", "done-wash"),
]
TEXT += [("text-3", "ground"), ("text", "house"), ("text-3", "grass"), ("text-3", "water")]
MARKS = [(mark, ground) for mark in ("mark-done", "mark-now", "mark-late", "line-strong", "focus", "go") for ground in ("paper", "card")]
MARKS += [("house-line", "ground"), ("on-go", "mark-done"), ("mark-now", "sunk"), ("mark-done", "sunk"), ("on-band", "band")]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_can_be_read(scheme: str, text: str, ground: str) -> None:
    colours = SCHEMES[scheme]
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_marks_can_be_seen(scheme: str, mark: str, ground: str) -> None:
    colours = SCHEMES[scheme]
    assert contrast(colours[mark], colours[ground]) >= 3


def test_dark_gives_every_light_colour_a_value() -> None:
    missing = set(LIGHT) - set(block(':root[data-theme="dark"]')) - {"scrim"}
    assert missing == set()


@pytest.mark.parametrize("path", sorted(p for p in CSS.rglob("*.css") if p.name != "tokens.css"), ids=lambda p: p.name)
def test_colours_are_written_in_tokens_only(path: Path) -> None:
    css = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*[;}])|\brgba?\(|\bhsla?\(|\boklch\(", css) == []


@pytest.mark.parametrize("path", sorted(CSS.rglob("*.css")), ids=lambda p: p.name)
def test_every_property_used_is_defined(path: Path) -> None:
    everything = "".join(p.read_text(encoding="utf-8") for p in CSS.rglob("*.css"))
    defined = set(re.findall(r"(--[\w-]+)\s*:", everything))
    assert set(re.findall(r"var\((--[\w-]+)", path.read_text(encoding="utf-8"))) <= defined
