"""
Joins the style sheets of the face into ``linli/web/static/web/linli.css``, so that a page loads one file.

    python tools/build_css.py           # write it
    python tools/build_css.py --check   # fail when the committed file is stale
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "linli" / "web" / "static" / "web"
LAYERS = ("tokens", "base", "components", "square", "desk", "print")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
DARK = re.compile(r':root\[data-theme="dark"\]\s*\{([^}]*)\}')
SHEET = re.compile(r"^\.sheet\s*\{([^}]*)\}", re.M)


def sources(layer: str) -> list[Path]:
    """The files of one layer in the order they are joined."""
    if layer == "components":
        return sorted((HERE / "css" / "components").glob("*.css"))
    return [HERE / "css" / f"{layer}.css"]


def with_repeats(tokens: str) -> str:
    """Tokens, with the dark values again for readers who follow a dark device, and the sheet's values again for print."""
    dark, sheet = DARK.search(tokens), SHEET.search(tokens)
    if not dark or not sheet:
        raise SystemExit('tokens.css: the block :root[data-theme="dark"] or .sheet is missing')
    return (
        f'{tokens}\n@media (prefers-color-scheme: dark) {{ :root[data-theme="auto"] {{{dark[1]}}} }}'
        f'\n@media print {{ :root, :root[data-theme="auto"], :root[data-theme="dark"], :root[data-mode="elder"] {{{sheet[1]}}} }}'
    )


def lightly(css: str) -> str:
    """Without comments, indents and blank lines; still readable line by line."""
    lines = (re.sub(r"\s+", " ", line).strip() for line in COMMENT.sub("", css).splitlines())
    return "\n".join(line for line in lines if line)


def built() -> str:
    parts = [f"@layer {', '.join(LAYERS)};"]
    for layer in LAYERS:
        css = "\n".join(path.read_text(encoding="utf-8") for path in sources(layer))
        parts.append(f"@layer {layer} {{\n{lightly(with_repeats(css) if layer == 'tokens' else css)}\n}}")
    return "\n".join(parts) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the committed file is stale")
    target, css = HERE / "linli.css", built()
    if parser.parse_args(arguments).check:
        if not target.exists() or target.read_text(encoding="utf-8") != css:
            print("linli.css is stale; run: python tools/build_css.py", file=sys.stderr)
            return 1
        return 0
    target.write_text(css, encoding="utf-8")
    print(f"linli.css: {len(css.encode()):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
