"""
How fast a roster comes in: rows a second for the whole import (read, check, seal, write) beside a bare bulk insert in the same run.

    python bench/tables.py [--rows 100000] [--database sqlite|postgres|both] [--requests 20000]

Each database gets a throw-away folder (SQLite) or cluster (PostgreSQL, from the tests) of its own.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HEAD = ["姓名", "身份证号", "手机", "小区", "楼栋", "单元", "房号", "与户主关系", "专有面积", "产权份额", "人群标签", "入住日期"]


def identity(number: int) -> str:
    """A valid identity number, different for each `number` below 26 million."""
    order, rest = divmod(number, 70 * 12 * 28)
    year, rest = divmod(rest, 12 * 28)
    body = f"510107{1930 + year}{rest // 28 + 1:02d}{rest % 28 + 1:02d}{order:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def roster(rows: int) -> bytes:
    """Three people in each home, two of them owners."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, HEAD)
    for i in range(rows):
        home, who = divmod(i, 3)
        where = ("芳草苑", f"{home // 600 + 1}栋", f"{home // 150 % 4 + 1}单元", f"{home % 150 // 5 + 1}{home % 5 + 1:02d}")
        owns = "1/2" if who < 2 else ""
        page.write_row(
            i + 1, 0, [f"王{i}", identity(i), f"138{i:08d}", *where, ("户主", "配偶", "子女")[who], 89.37, owns, "", "2020-01-02"]
        )
    book.close()
    return out.getvalue()


def hotline(rows: int) -> bytes:
    lines = ["工单号,标题,内容,小区,提出时间,办结时间,办理结果"]
    lines += [
        f"H{i},路灯不亮 {i},小区门口第 {i} 盏路灯晚上不亮请尽快维修,芳草苑,2025-{i % 12 + 1:02d}-{i % 28 + 1:02d} 09:30,2025-12-30 10:00,已更换灯泡"
        for i in range(rows)
    ]
    return "\n".join(lines).encode()


def measure(rows: int, requests: int) -> None:
    """In a process of its own, with its database already chosen by the environment."""
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "linli.config.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.utils import timezone

    from linli.kernel.access.actor import system
    from linli.kernel.people.models import Person
    from linli.kernel.places.actions import add_place
    from linli.loops.requests.reference import load_reference

    call_command("migrate", verbosity=0)
    now, house = timezone.now(), system("bench")
    load_reference(now)
    community = add_place(actor=house, kind="community", name="芳草社区", parent=None, now=now, code="510107020001")
    add_place(actor=house, kind="compound", name="芳草苑", parent=community, now=now)

    start = time.perf_counter()
    with transaction.atomic():
        people = [Person(name=f"王{i}", phone=f"138{i:08d}", identity=identity(i), created_at=now) for i in range(rows)]
        Person.objects.bulk_create(people)
        transaction.set_rollback(True)
    bare = time.perf_counter() - start
    print(f"{connection.vendor:11} bare bulk_create of {rows} people      {bare:6.1f} s  {rows / bare:8.0f} rows/s")

    def one(label: str, kind: str, content: bytes, count: int) -> float:
        seconds, parts = _imported(kind, content, community, now, house)
        said = "  ".join(f"{name} {spent:.1f}" for name, spent in parts.items())
        print(f"{connection.vendor:11} {label:38} {seconds:6.1f} s  {count / seconds:8.0f} rows/s  ({said})", flush=True)
        return seconds

    content = roster(rows)
    first = one("import residents, first time", "residents", content, rows)
    one("import residents, again (no change)", "residents", content, rows)
    one("import requests with their own times", "requests", hotline(requests), requests)
    print(f"{connection.vendor:11} whole import / bare insert: {first / bare:.2f}")


def _imported(kind: str, content: bytes, place: Any, now: Any, house: Any) -> tuple[float, dict[str, float]]:
    from linli.ports.tables.actions import import_sheet, open_upload
    from linli.ports.tables.kinds import kind_named
    from linli.ports.tables.mapping import guess, mapping_of

    marks: list[tuple[str, float]] = [("open", time.perf_counter())]

    def stages(name: str, amount: int) -> Any:
        marks.append((name, time.perf_counter()))
        return lambda steps: None

    book = open_upload(content, "bench", kind_named(kind))
    sheet = book.read(book.sheets[0])
    outcome = import_sheet(
        actor=house,
        kind=kind,
        sheet=sheet,
        mapping=mapping_of(guess(kind_named(kind), sheet)),
        place=place,
        now=now,
        file_name="bench",
        stages=stages,
    )
    if not outcome.written or outcome.faults:
        sys.exit(f"the import went wrong: {outcome.faults[:3]}")
    ends = [at for _name, at in marks[1:]] + [time.perf_counter()]
    return ends[-1] - marks[0][1], {name: end - at for (name, at), end in zip(marks, ends, strict=True)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both", "given"], default="both")
    chosen = parser.parse_args()
    if chosen.database == "given":
        measure(chosen.rows, chosen.requests)
        return
    sys.path.insert(0, str(ROOT))
    for database in ("sqlite", "postgres") if chosen.database == "both" else (chosen.database,):
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "LINLI_DATA": folder}
            if database == "postgres":
                from tests.postgres import url

                environment["LINLI_DATABASE_URL"] = url()
            command = [sys.executable, __file__, "--database", "given", "--rows", str(chosen.rows), "--requests", str(chosen.requests)]
            subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
