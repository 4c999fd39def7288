"""A lock shared by those at work, and taken whole only by whoever is alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from linli.lib.presence import SomebodyThere, alone

STAYS = "import sys; from pathlib import Path; from linli.lib.presence import stay; stay(Path(sys.argv[1])); print('there', flush=True); sys.stdin.read()"


def somebody(path: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", STAYS, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"there\n"
    return process


def leave(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def test_several_stay_together_and_nobody_is_alone_until_all_have_gone(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    one, two = somebody(lock), somebody(lock)

    leave(one)
    with pytest.raises(SomebodyThere), alone(lock):
        pass
    leave(two)

    with alone(lock), pytest.raises(SomebodyThere), alone(lock):
        pass


def test_nobody_comes_while_somebody_is_alone(tmp_path: Path) -> None:
    lock = tmp_path / "lock"

    with alone(lock):
        done = subprocess.run([sys.executable, "-c", STAYS, str(lock)], input=b"", capture_output=True, check=False)

    assert done.returncode == 1 and b"SomebodyThere" in done.stderr
    assert lock.stat().st_mode & 0o777 == 0o600
