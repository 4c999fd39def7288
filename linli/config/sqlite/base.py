"""
Django's SQLite backend; who wants to write waits in a queue.

SQLite itself asks again after 1, 2, 5, 10, … 100 ms while another writes: the processor idles, and the unlucky wait long. The queue
only orders who begins: SQLite's own lock stays what decides, so that a program that knows nothing of the queue can do no harm.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from linli.lib.turns import Turns, turns_at

PATIENCE = 20.0  # seconds, where the settings name no timeout


class DatabaseWrapper(base.DatabaseWrapper):
    _turn: Turns | None = None

    def _start_transaction_under_autocommit(self) -> None:
        if self.settings_dict["OPTIONS"].get("transaction_mode") == "IMMEDIATE" and not self.is_in_memory_db():
            turns = turns_at(Path(self.settings_dict["NAME"]))
            if not turns.enter(float(self.settings_dict["OPTIONS"].get("timeout", PATIENCE))):
                raise OperationalError("database is locked")  # as SQLite itself says it after as long a wait
            self._turn = turns
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # not in the stubs
        except BaseException:
            self._leave()
            raise

    def _leave(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.leave()

    def _commit(self) -> Any:
        done = super()._commit()  # type: ignore[misc]  # not in the stubs
        self._leave()  # a commit that fails is followed by a rollback
        return done

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]  # not in the stubs
        finally:
            self._leave()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]  # not in the stubs
        finally:
            self._leave()
