"""
Export the pinned, hashed requirement files from one resolution of pyproject.toml.

`python tools/requirements.py [--upgrade]`. The lock itself names download addresses and stays out of the repository; the
exported files hold names, versions and hashes alone, and seed the next resolution so that nothing moves without being asked to.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"

# The extra `encoder` is resolved with the rest and not exported of its own: it shares packages with what the checks need, which install its two libraries for its test.
# File name -> what uv exports for it, and the files always installed before it (their pins are left out here).
FILES: dict[str, tuple[list[str], list[str]]] = {
    "build": (["--only-group", "build"], []),
    "core": ([], []),
    "postgres": (["--extra", "postgres"], ["core"]),
    "insight": (["--extra", "insight"], ["core"]),
    "measure": (["--extra", "measure"], ["core", "insight"]),
    "scale": (["--extra", "scale"], ["core", "insight", "measure"]),
    "documents": (["--extra", "documents"], ["core", "postgres"]),
    "test": (["--extra", "dev"], ["build", "core", "postgres", "insight", "measure", "documents"]),
}
HEADINGS = {
    "build": "What builds the package itself.",
    "core": "What Linli needs to run.",
    "postgres": "On top of core.txt: PostgreSQL instead of SQLite.",
    "insight": "On top of core.txt: large elections are counted faster, messages are read by what was learned.",
    "measure": "On top of core.txt and insight.txt: facts in Parquet files, indicators computed from them.",
    "scale": "On top of measure.txt: indicators on Spark.",
    "documents": "On top of core.txt: minutes as PDF and Word files.",
    "test": "On top of build.txt, core.txt, postgres.txt, insight.txt, measure.txt and documents.txt: what the checks need.",
}
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==", re.MULTILINE)


def blocks(text: str) -> dict[str, str]:
    """Split an exported file into its pins: normalised package name -> the lines of that pin."""
    starts = [*PIN.finditer(text)]
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return {match["name"].lower(): text[match.start() : end] for match, end in zip(starts, ends, strict=True)}


def _named(pin: str) -> str:
    """Package, version and where it is wanted: what one file wants on Windows alone another may want everywhere."""
    return pin.split("\\", 1)[0].strip()


def uv(*arguments: str) -> str:
    """Run uv on this project and return what it prints; its complaints go to the terminal."""
    return subprocess.run([sys.executable, "-m", "uv", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def resolve(upgrade: bool) -> None:
    """Resolve afresh, holding every version already pinned in the requirement files unless `upgrade`."""
    if upgrade:
        uv("lock", "--quiet", "--upgrade")
        return
    pinned = "".join(
        pin.split(" ", 1)[0].strip() + "\n"
        for path in sorted(FOLDER.glob("*.txt"))
        for pin in blocks(path.read_text(encoding="utf-8")).values()
    )
    wanted = [f"--upgrade-package={line}" for line in pinned.splitlines()]
    uv("lock", "--quiet", *wanted)


def export() -> None:
    """Write the files; raises SystemExit when one would name an address or hold a pin without a hash."""
    found: dict[str, dict[str, str]] = {}
    for name, (arguments, below) in FILES.items():
        text = uv(
            "export",
            "--frozen",
            "--quiet",
            "--format",
            "requirements-txt",
            "--no-emit-project",
            "--no-default-groups",
            "--no-header",
            *arguments,
        )
        found[name] = blocks(text)
        known = {_named(pin) for other in below for pin in found[other].values()}
        kept = {package: pin for package, pin in found[name].items() if _named(pin) not in known}
        if "://" in text or any("--hash=sha256:" not in pin for pin in kept.values()):
            raise SystemExit(f"requirements/{name}.txt would name an address or hold a pin without a hash")
        body = f"# {HEADINGS[name]} Made by `make requirements`; edit pyproject.toml instead.\n" + "".join(kept.values())
        (FOLDER / f"{name}.txt").write_text(body, encoding="utf-8")
        print(f"requirements/{name}.txt: {len(kept)} packages")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    resolve(upgrade="--upgrade" in sys.argv[1:])
    export()
