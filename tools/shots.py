"""
Screenshots for the READMEs, from the running product with its demo neighbourhood. Run with `make shots`.

They land in docs/shots as WebP-small PNG files named <page>-<width>-<language>[-elder|-dark].png.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "shots"
CHROMIUM = next((p for p in map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")) if p), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# (name, who is signed in, address, width, height, language, elder, dark)
SHOTS = [
    ("home", "13900000001", "/", 390, 844, "zh-hans", False, False),
    ("home", "13900000001", "/", 390, 844, "en", False, False),
    ("home", "13900000001", "/", 390, 844, "zh-hans", True, False),
    ("request", "13900000001", "/requests/{lift}/", 390, 844, "zh-hans", False, False),
    ("request", "", "/requests/{lift}/", 1280, 900, "en", False, False),
    ("inbox", "wang.fang", "/desk/", 1280, 800, "zh-hans", False, False),
    ("inbox", "wang.fang", "/desk/", 1280, 800, "en", False, False),
    ("desk-request", "wang.fang", "/desk/requests/{whistled}/", 1280, 900, "zh-hans", False, False),
    ("figures", "zhou.street", "/desk/figures/", 1280, 900, "zh-hans", False, True),
    ("figures", "zhou.street", "/desk/figures/", 1280, 900, "en", False, False),
]


@contextmanager
def site() -> Iterator[tuple[str, str]]:
    """The product with its hamlet, in a folder that is gone afterwards: (address, data folder)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as data:
        env = {**os.environ, "LINLI_DATA": data, "LINLI_DEMO": "on", "LINLI_STAFF_SECOND_FACTOR": "optional", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "linli.config.cli", "serve", "--port", str(port)]
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            for _attempt in range(1200):  # a busy machine takes minutes to build the neighbourhood
                try:
                    connection = HTTPConnection("127.0.0.1", port, timeout=5)
                    connection.request("GET", "/")
                    connection.getresponse().read()
                    break
                except OSError:
                    time.sleep(0.3)
            yield f"http://127.0.0.1:{port}", data
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


def refs(data: str) -> dict[str, str]:
    """The references the addresses above speak of."""
    script = (
        "import django; django.setup()\n"
        "from linli.kernel.matters.models import Matter\n"
        "print(Matter.objects.filter(is_open=True, me_too__gte=15).first().ref, Matter.objects.filter(state='whistled').first().ref)"
    )
    env = {**os.environ, "LINLI_DATA": data, "DJANGO_SETTINGS_MODULE": "linli.config.settings", "PYTHONPATH": str(ROOT)}
    told = subprocess.run([sys.executable, "-c", script], env=env, check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()
    return {"lift": told[0], "whistled": told[1]}


def session(who: str, data: str) -> str:
    """A session key for an account of the demo: signing in itself is shown elsewhere."""
    script = (
        "import django; django.setup()\n"
        "from django.contrib.sessions.backends.db import SessionStore\n"
        "from linli.kernel.accounts.models import Account\n"
        f"name = {who!r}\n"
        "account = Account.objects.get(username=name if '.' in name else 'r' + name)\n"
        "s = SessionStore(); s['_auth_user_id'] = str(account.pk); s['_auth_user_backend'] = 'allauth.account.auth_backends.AuthenticationBackend'\n"
        "s['_auth_user_hash'] = account.get_session_auth_hash(); s.save(); print(s.session_key)"
    )
    env = {**os.environ, "LINLI_DATA": data, "DJANGO_SETTINGS_MODULE": "linli.config.settings", "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", script], env=env, check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()


def cookies(base: str, who: str, data: str, language: str, elder: bool, dark: bool) -> list[dict[str, str]]:
    wanted = {"django_language": language, "linli_elder": "on" if elder else "", "linli_theme": "dark" if dark else ""}
    if who:
        wanted["sessionid"] = session(who, data)
    return [{"name": name, "value": value, "url": base} for name, value in wanted.items() if value]


def take(browser: Browser, base: str, data: str, found: dict[str, str], shot: tuple[str, str, str, int, int, str, bool, bool]) -> Path:
    name, who, address, width, height, language, elder, dark = shot
    context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=2 if width < 600 else 1, locale=language)
    context.add_cookies(cookies(base, who, data, language, elder, dark))  # type: ignore[arg-type]  # Playwright's TypedDict, built from plain text
    page: Page = context.new_page()
    page.goto(base + address.format(**found), wait_until="networkidle")
    picture = Image.open(BytesIO(page.screenshot()))
    context.close()
    marks = [name, str(width), language[:2], *(["elder"] if elder else []), *(["dark"] if dark else [])]
    target = TARGET / f"{'-'.join(marks)}.png"
    picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(target, optimize=True)
    return target


def main() -> None:
    if CHROMIUM is None:
        raise SystemExit("make shots needs Chromium: apt install chromium fonts-noto-cjk")
    TARGET.mkdir(parents=True, exist_ok=True)
    with site() as (base, data), sync_playwright() as playwright:
        found = refs(data)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for shot in SHOTS:
            print(take(browser, base, data, found, shot).relative_to(ROOT))
        browser.close()


if __name__ == "__main__":
    main()
