"""A real installation in a folder of its own: web and worker processes that may be killed, and a way to look inside afterwards."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WITHIN = 90.0
ROOT = Path(__file__).resolve().parents[2]


def wait_until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < end, f"waited {WITHIN:.0f} s in vain: {what}"
        time.sleep(0.02)


class House:
    """`script` runs Python inside the installation and returns the JSON it prints last."""

    def __init__(self, folder: Path, database: str = "", **settings: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))}
        self.folder = folder
        self.env = kept | {
            "LINLI_DATA": str(folder),
            "LINLI_DEMO": "off",
            "LINLI_API_PER_MINUTE": "1000000",
            "LINLI_LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "linli.config.settings",
            "PYTHONPATH": str(ROOT),
            **settings,
        }
        if database:
            self.env["LINLI_DATABASE_URL"] = database
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def script(self, source: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup()\nimport json\n{source}"],
            env=self.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else None

    def settle(self) -> dict[str, Any]:
        """The village, in an installation that was laid down; returns tokens and ids."""
        return dict(
            self.script(
                "from tests.ports.village import settle; v = settle()\n"
                "print(json.dumps({'tokens': v.tokens, 'building': v.building.pk, 'community': v.community.pk}))"
            )
        )

    def start_web(self) -> None:
        command = [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1", "--port", str(self.port)),
            *("--workers", "2", "--blocking-threads", "4", "--log-level", "critical", "linli.config.wsgi:application"),
        ]
        self.web = self._start(command)
        wait_until(self._answers, "the web server")

    def start_worker(self) -> None:
        self.worker = self._start([sys.executable, "-m", "linli.config.cli", "worker"])

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "log.txt").open("ab") as log:
            return subprocess.Popen(
                command, env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def _answers(self) -> bool:
        assert self.web is not None and self.web.poll() is None, (self.folder / "log.txt").read_text()[-3000:]
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def kill(self, process: subprocess.Popen[bytes] | None) -> None:
        """kill -9 of the process and everything it started."""
        if process is not None:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            process.wait()

    def stop(self) -> None:
        self.kill(self.web)
        self.kill(self.worker)
