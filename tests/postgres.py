"""
A throw-away PostgreSQL for the tests: own folder, own port, reached through a socket file alone, gone when the process ends.

Durability is switched off: only the speed of the tests depends on it, except in tests of crashes, which start their own.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

WITHIN = 30.0  # seconds to start or stop
# Nothing outlives the run, and no table lives long enough to be worth statistics or compiled plans.
HASTY = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "jit=off",
)
_url = ""
_made = 0


class Cluster:
    """One server. `durable=True` keeps fsync on, for tests that kill it."""

    def __init__(self, *, durable: bool = False) -> None:
        self.programs = _programs()
        self.folder = Path(tempfile.mkdtemp(prefix="linli-postgres-"))
        self.user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
        if self.user:
            shutil.chown(self.folder, self.user)
        # The socket folder must be reachable for whoever runs the tests.
        self.folder.chmod(0o755)
        self.port = 5432
        self.options = [] if durable else [word for setting in HASTY for word in ("-c", setting)]
        self._run("initdb", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8", "--auth=trust", "-U", "postgres", "-D", str(self.folder / "db"))
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers. Raises RuntimeError with the end of its log when it does not."""
        log = self.folder / "log"
        log.touch()
        command = [
            *(str(self.programs / "postgres"), "-D", str(self.folder / "db"), "-k", str(self.folder), "-p", str(self.port)),
            *("-c", "listen_addresses=", "-c", "max_connections=60", *self.options),
        ]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - at import, before any thread
                **self._as_user(),
            )
        end = time.monotonic() + WITHIN
        while subprocess.run([self.programs / "pg_isready", "-q", "-h", self.folder, "-p", str(self.port)], check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        return self.process

    @property
    def url(self) -> str:
        return f"postgres://postgres@{quote(str(self.folder), safe='')}:{self.port}/postgres"

    def load(self, dump: Path) -> str:
        """Fill the empty database with what `dump_of` wrote; returns its address."""
        return load(dump, self.url)

    def kill(self) -> None:
        """End it at once, as a power cut would: the postmaster and all its children."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def remove(self) -> None:
        """Stop it without ceremony and delete its folder."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)  # immediate shutdown, children included
            try:
                self.process.wait(WITHIN)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.programs / program, *arguments], capture_output=True, text=True, check=False, cwd=self.folder, **self._as_user()
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.strip()[-2000:]}")

    def _as_user(self) -> dict[str, Any]:
        return {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}


def _end_with_parent() -> None:
    """A test run that is killed takes its server along."""
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG; SIGQUIT: immediate shutdown


def _programs() -> Path:
    """Folder of the newest PostgreSQL installed. Ends the run with what to install when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    sys.exit("The tests on PostgreSQL need its programs. On Debian: apt-get install postgresql")


def url() -> str:
    """Address of this process's cluster, started when first asked for."""
    global _url
    if not _url:
        cluster = Cluster()
        atexit.register(cluster.remove)
        _url = cluster.url
    return _url


def fresh_database(like: str = "") -> str:
    """
    Address of a database of its own, for a test that starts the product as a process: empty, or a copy of the one at the address `like`.

    On a run on SQLite: an empty text, which leaves the process to make its own file in its data folder.
    """
    global _made
    if os.environ.get("LINLI_TEST_DATABASE") != "postgres":
        return ""
    import psycopg
    from psycopg import sql

    _made += 1
    name = f"fresh_{os.getpid()}_{_made}"
    base, _slash, _database = url().rpartition("/")
    with psycopg.connect(host=_server_and_name(base + "/")[0], port=5432, user="postgres", autocommit=True) as connection:
        source = sql.Identifier(like.rpartition("/")[2] or "template1")
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), source))
    return f"{base}/{name}"


def dump_of(address: str, file: Path) -> None:
    """Write all of the database at an address to a file. Raises RuntimeError with what the program said."""
    folder, name = _server_and_name(address)
    _program("pg_dump", "--no-owner", "-h", folder, "-U", "postgres", "-f", file, name)


def load(dump: Path, address: str) -> str:
    """Fill the empty database at an address with what `dump_of` wrote; returns the address. Raises RuntimeError as `dump_of` does."""
    folder, name = _server_and_name(address)
    _program("psql", "-X", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", "postgres", "-f", dump, name)
    return address


def _program(name: str, *arguments: str | Path) -> None:
    done = subprocess.run([_programs() / name, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr.strip()[-2000:]}")


def _server_and_name(address: str) -> tuple[str, str]:
    """The folder of a server's socket, and the name of the database, of an address."""
    server, _slash, name = address.rpartition("/")
    return unquote(server.rpartition("@")[2].rpartition(":")[0]), name
