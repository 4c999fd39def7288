"""
Bring the real messages and 311 records into a fresh installation, through its own doors alone, and say what came of it.

    python tools/real.py [--data ../shared/data] [--into FOLDER] [--records 31828]

Doors used: `linli import places|requests`, `linli user add`, `linli token add`, the REST API (categories, lists, figures), Open311 (batch replay,
reading back), `linli verify`. No message is ever printed. Ends with 0 when there is no data, saying so.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

BATCH = 500
BOSTON, CHINA = ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")
PLACES = [
    ("省", "示例省", "", "510000000000"),
    ("市", "示例市", "示例省", "510100000000"),
    ("区", "示例区", "示例省/示例市", "510101000000"),
    ("街道", "留言街道", "示例省/示例市/示例区", "510101001000"),
    ("社区", "留言社区", "示例省/示例市/示例区/留言街道", "510101001001"),
    ("街道", "311 街道", "示例省/示例市/示例区", "510101002000"),
    ("社区", "Boston", "示例省/示例市/示例区/311 街道", "510101002001"),
    ("社区", "Chicago", "示例省/示例市/示例区/311 街道", "510101002002"),
]
MESSAGES, CITY_B, CITY_C = "510101001001", "510101002001", "510101002002"
HEADER = ["编号", "标题", "内容", "类别", "地点", "提出时间", "办结时间", "办理结果", "来源"]


@dataclass
class Installation:
    """One installation in `folder`, its commands and, once started, its web server."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    token: str = ""
    port: int = 0
    web: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("LINLI_") and k != "DJANGO_SETTINGS_MODULE"}
        quiet = {"LINLI_LANGUAGE": "zh-hans", "LINLI_DEMO": "off", "LINLI_LOG_LEVEL": "ERROR", "LINLI_API_PER_MINUTE": "1000000"}
        database = {"LINLI_DATABASE_URL": url} if (url := os.environ.get("LINLI_DATABASE_URL")) else {}
        self.env = kept | {"LINLI_DATA": str(self.folder)} | quiet | database

    def run(self, *words: str) -> str:
        """One `linli` command; ends the program with its message when it fails."""
        done = subprocess.run([sys.executable, "-m", "linli.config.cli", *words], env=self.env, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"linli {' '.join(words[:2])}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        command = [sys.executable, "-m", "linli.config.cli", "serve", "--port", str(self.port), "--workers", "2", "--no-worker"]
        with (self.folder / "server.log").open("ab") as log:
            self.web = subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _try in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.web.poll() is not None:
                break
            time.sleep(0.1)
        sys.exit(f"the server did not start: see {self.folder / 'server.log'}")

    def stop(self) -> None:
        if self.web:
            self.web.terminate()
            self.web.wait(30)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        return answer.status, json.loads(said)


class Table:
    """What is printed at the end, and kept for the test."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []
        self.values: dict[str, Any] = {}

    def add(self, key: str, label: str, text: str, value: Any) -> None:
        self.rows.append((label, text))
        self.values[key] = value
        print(f"  {label}{' ' * max(1, 46 - _width(label))}{text}", flush=True)

    def heading(self, text: str) -> None:
        print(f"\n{text}", flush=True)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def rows_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- Chinese messages ----------------------------------------------------------------------------
def moment(text: str) -> str:
    """`2019-02-28 11:25`, or empty for what is no time."""
    found = re.match(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?: (\d{1,2}):(\d{2}))?", text.strip())
    return "{}-{:0>2}-{:0>2} {:0>2}:{}".format(*(part or "00" for part in found.groups())) if found else ""


def sheet_rows(name: str, rows: list[dict[str, str]]) -> Iterator[list[str]]:
    """Rows of a published file as rows of our sheet. Messages of which only the words are left get those as text."""
    for number, row in enumerate(rows):
        if name == "messages_labelled":
            title, body = row["title"], row["detail"] or row["text"] or row["tokens"].replace(" ", "")
            yield [f"L{number}", title or body[:40], body, row["label"], MESSAGES, moment(row["time"]), "", "", "网站"]
        else:
            answered = moment(row.get("答复时间", ""))
            raised = moment(row["留言时间"])
            answer = row.get("答复意见", "")
            yield [
                f"{name[:2].upper()}{number}",
                row["留言主题"],
                row["留言详情"],
                "",
                MESSAGES,
                raised,
                answered if answer and answered >= raised else "",
                answer,
                "网站",
            ]


def import_messages(house: Installation, data: Path, limit: int, out: Table) -> None:
    total_rows = total_seconds = sent = 0.0
    for name in ("messages_labelled", "hot_topic_messages", "messages_with_replies", "messages_unlabelled"):
        source = rows_of(data / "complaints_zh" / f"{name}.csv.gz")[:limit]
        sheet = house.folder / f"{name}.csv"
        with sheet.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([HEADER, *sheet_rows(name, source)])
        started = time.perf_counter()
        said = house.run("import", "requests", str(sheet), "--skip-bad", "--quiet")
        seconds = time.perf_counter() - started
        sheet.unlink()
        found = re.search(r"导入\s*([\d,]+)\s*行，跳过\s*([\d,]+)", said)
        good, bad = (int(part.replace(",", "")) for part in found.groups()) if found else (0, len(source))
        out.add(
            name,
            name,
            f"{good} 条导入，{bad} 条未导入（共 {len(source)}），{seconds:.1f} s",
            {"rows": len(source), "good": good, "bad": bad, "seconds": seconds},
        )
        total_rows, total_seconds, sent = total_rows + good, total_seconds + seconds, sent + len(source)
    out.add(
        "messages",
        "合计",
        f"{total_rows:.0f} 条，{total_rows / total_seconds:.0f} 条/s",
        {"good": int(total_rows), "sent": int(sent), "per_second": total_rows / total_seconds},
    )


# --- 311 -----------------------------------------------------------------------------------------
def w3c(text: str) -> str:
    """Boston's local time as W3C writes it; empty for none."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BOSTON).isoformat() if text else ""


def boston_record(row: dict[str, str], code: str) -> dict[str, Any]:
    return {
        "service_request_id": row["case_enquiry_id"],
        "service_code": code,
        "description": row["case_title"],
        "requested_datetime": w3c(row["open_dt"]),
        "expected_datetime": w3c(row["target_dt"]),
        "closed_datetime": w3c(row["closed_dt"]),
        "status": row["case_status"].lower(),
        "status_notes": row["closure_reason"].strip(),
        "address_string": row["location"].strip(),
        "zipcode": row["location_zipcode"].strip(),
        "lat": row["latitude"],
        "long": row["longitude"],
        "attributes": {"source": row["source"], "department": row["department"]},
    }


def add_categories(house: Installation, names: list[str], prefix: str, **more: Any) -> dict[str, str]:
    """A category for each name, through the API; name -> code."""
    codes = {}
    for number, name in enumerate(sorted(names)):
        codes[name] = f"{prefix}_{number}"
        body: dict[str, Any] = {"code": codes[name], "name_zh": name[:40], "name_en": name[:60] if name.isascii() else ""}
        if more.get("codes"):
            body["external_codes"] = {"open311": more["codes"][name]}
        status, said = house.call("POST", "/api/v1/categories", body)
        if status != 201:
            sys.exit(f"category {codes[name]}: {status} {said}")
    return codes


def replay(house: Installation, city: str, records: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], float]:
    """Send the records in batches; returns the rows of the answers, and the seconds it took."""
    started, rows = time.perf_counter(), []
    for start in range(0, len(records), BATCH):
        status, said = house.call(
            "POST", f"/open311/v2/requests/replay.json?jurisdiction_id={city}", {"requests": records[start : start + BATCH]}
        )
        if status != 200:
            sys.exit(f"Open311 answered {status}: {said}")
        rows += said
    return rows, time.perf_counter() - started


def read_back(house: Installation, city: str, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """Every request of the city raised in the span, in windows of 90 days and pages of 1000."""
    while since < until:
        end = min(since + timedelta(days=90) - timedelta(seconds=1), until)
        for page in range(1, 1000):
            asked = {
                "jurisdiction_id": city,
                "start_date": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "end_date": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "page": page,
                "page_size": 1000,
                "extensions": "true",
            }
            _status, said = house.call("GET", f"/open311/v2/requests.json?{urlencode(asked)}")
            yield from said
            if len(said) < 1000:
                break
        since = end + timedelta(seconds=1)


def same_moment(ours: str | None, theirs: str) -> bool:
    return (ours or "") == (datetime.fromisoformat(theirs).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if theirs else "")


def kept(ours: dict[str, Any], sent: dict[str, Any]) -> bool:
    """Whether a record came back with the times, state and place it was sent with."""
    return (
        same_moment(ours["requested_datetime"], sent["requested_datetime"])
        and (not sent["closed_datetime"] or same_moment(ours["updated_datetime"], sent["closed_datetime"]))
        and ours["status"] == ("closed" if sent["closed_datetime"] else "open")
        and abs(float(ours["lat"]) - float(sent["lat"])) < 2e-6
        and abs(float(ours["long"]) - float(sent["long"])) < 2e-6
    )


def replay_boston(house: Installation, data: Path, limit: int, out: Table) -> None:
    source = rows_of(data / "requests_311" / "boston_2011_q3.csv.gz")[:limit]
    codes = add_categories(house, list({row["type"] for row in source}), "boston")
    records = [boston_record(row, codes[row["type"]]) for row in source]
    rows, seconds = replay(house, CITY_B, records)
    refused = Counter(row["error"] for row in rows if row["error"])
    new = sum(row["new"] for row in rows)
    out.add(
        "boston",
        "Boston：经 Open311 回放",
        f"{new} 条新，{sum(refused.values())} 条拒绝（共 {len(records)}），{seconds:.1f} s，{len(records) / seconds:.0f} 条/s",
        {"sent": len(records), "new": new, "refused": sum(refused.values()), "seconds": seconds},
    )
    for reason, count in refused.most_common(5):
        out.add(f"refused {reason}", "  拒绝的原因", f"{count} × {reason}", count)
    rows, seconds = replay(house, CITY_B, records[: 4 * BATCH])
    out.add("again", "  再送前 2000 条", f"{sum(r['new'] for r in rows)} 条新，{seconds:.1f} s", sum(r["new"] for r in rows))
    by_id = {r["service_request_id"]: r for r in records}
    started = time.perf_counter()
    back = list(read_back(house, CITY_B, datetime(2011, 6, 30, tzinfo=UTC), datetime(2011, 10, 2, tzinfo=UTC)))
    seconds = time.perf_counter() - started
    equal = sum(kept(row, by_id[row["extended_attributes"]["external_id"]]) for row in back)
    out.add(
        "back", "  读回并逐条比对（时间、状态、位置）", f"{equal} / {len(back)} 相同，{seconds:.1f} s", {"equal": equal, "back": len(back)}
    )
    late = sum(1 for r in back if r["status"] == "closed" and r["expected_datetime"] and r["updated_datetime"] > r["expected_datetime"])
    theirs = sum(1 for row in source if row["ontime"] == "OVERDUE" and row["closed_dt"])
    out.add("late", "  办结时已超期（我们算的，原记录的）", f"{late}，{theirs}", (late, theirs))


def replay_chicago(house: Installation, data: Path, out: Table) -> None:
    records = json.loads((data / "requests_311" / "chicago_open311_requests.json").read_text(encoding="utf-8"))
    names = {r["service_name"]: r["service_code"] for r in records}
    add_categories(house, list(names), "chicago", codes=names)
    rows, seconds = replay(house, CITY_C, [chicago_record(r) for r in records])
    new = sum(row["new"] for row in rows)
    out.add(
        "chicago",
        "Chicago：经 Open311 回放（含属性与办理记录）",
        f"{new} 条新，{sum(bool(r['error']) for r in rows)} 条拒绝（共 {len(records)}），{seconds:.1f} s",
        {"sent": len(records), "new": new},
    )
    _status, back = house.call(
        "GET",
        "/open311/v2/requests.json?"
        + urlencode({"service_request_id": ",".join(r["service_request_id"] for r in records), "extensions": "true"}),
    )
    notes = sum(len(r["notes"]) for r in back)
    out.add(
        "notes",
        "  读回",
        f"{len(back)} 条，{notes} 条办理记录（原有 {sum(len(r.get('notes') or []) for r in records)}）",
        {"back": len(back), "notes": notes},
    )


def chicago_record(row: dict[str, Any]) -> dict[str, Any]:
    plain = {
        name: row.get(name)
        for name in (
            "service_request_id",
            "service_code",
            "requested_datetime",
            "status",
            "status_notes",
            "lat",
            "long",
            "updated_datetime",
        )
    }
    return {
        **plain,
        "description": row["service_name"],
        "address_string": row.get("address"),
        "attributes": row.get("attributes") or {},
        "notes": row.get("notes") or [],
    }


# --- figures -------------------------------------------------------------------------------------
def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] * 1000


def timed(house: Installation, path: str, times: int = 40) -> tuple[float, float]:
    taken = []
    for _n in range(times):
        started = time.perf_counter()
        status, _said = house.call("GET", path)
        taken.append(time.perf_counter() - started)
        if status != 200:
            sys.exit(f"{path}: {status}")
    return percentile(taken, 0.5), percentile(taken, 0.99)


def figures(house: Installation, out: Table) -> None:
    started = time.perf_counter()
    status, said = house.call("GET", "/api/v1/figures")
    seconds = time.perf_counter() - started
    if status != 200:
        sys.exit(f"figures: {status} {said}")
    out.add("figures", "已办结、在办、超期", f"{said['finished']}，{said['open']}，{said['overdue']}（{seconds:.2f} s）", said)
    for rate in said["rates"]:
        share = f"{rate['share']:.1%}" if rate["share"] is not None else "样本不足，不显示"
        out.add(rate["name"], f"  {rate['name']}", f"{rate['numerator']} / {rate['denominator']}：{share}", rate["denominator"])
    lists = {
        "列表 20 条": "/api/v1/requests?limit=20",
        "列表 100 条": "/api/v1/requests?limit=100",
        "按类别": "/api/v1/requests?limit=20&category=boston_3",
        "全文检索“小区”": "/api/v1/requests?limit=20&" + urlencode({"text": "小区"}),
        "Open311 100 条": f"/open311/v2/requests.json?page_size=100&start_date=2011-07-10T00:00:00Z&jurisdiction_id={CITY_B}",
    }
    for label, path in lists.items():
        half, most = timed(house, path)
        out.add(label, f"  {label}", f"p50 {half:.1f} ms，p99 {most:.1f} ms", half)


def run(data: Path, folder: Path, limit: int) -> dict[str, Any]:
    """All of it; returns the figures by name."""
    out, house = Table(), Installation(folder)
    house.run("migrate")
    places = folder / "places.csv"
    with places.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["级别", "名称", "上级", "代码"], *PLACES])
    house.run("import", "places", str(places), "--quiet")
    house.run("user", "add", "platform", "--role", "system_admin", "--place", "all")
    house.run("user", "add", "platform", "--role", "street_officer", "--place", "all")
    house.token = house.run(
        "token",
        "add",
        "--account",
        "platform",
        *(w for s in ("request.*", "read", "category.edit", "figures.read") for w in ("--scope", s)),
    ).split()[-1]
    try:
        house.start()
        out.heading("居民留言（linli import requests）")
        add_categories(house, sorted({row["label"] for row in rows_of(data / "complaints_zh" / "messages_labelled.csv.gz")}), "label")
        import_messages(house, data, limit, out)
        out.heading("311 记录（Open311）")
        replay_boston(house, data, limit, out)
        replay_chicago(house, data, out)
        out.heading("数字与用时")
        figures(house, out)
        started = time.perf_counter()
        house.run("verify", "timeline")
        out.add("verify", "linli verify timeline", f"通过，{time.perf_counter() - started:.1f} s", True)
    finally:
        house.stop()
    return out.values


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data", help="folder of the real data"
    )
    parser.add_argument("--into", type=Path, help="folder of the installation to make (default: a temporary one)")
    parser.add_argument("--records", type=int, default=31_828, help="at most so many records of each file")
    chosen = parser.parse_args()
    if not (chosen.data / "complaints_zh").is_dir() or not (chosen.data / "requests_311").is_dir():
        print(f"没有真实数据：{chosen.data} 下没有 complaints_zh 和 requests_311，跳过。No real data there; skipped.")
        return 0
    if chosen.into:
        chosen.into.mkdir(parents=True, exist_ok=True)
        run(chosen.data, chosen.into, chosen.records)
        return 0
    with tempfile.TemporaryDirectory(prefix="linli-real-") as folder:
        run(chosen.data, Path(folder), chosen.records)
    return 0


if __name__ == "__main__":
    sys.exit(main())
