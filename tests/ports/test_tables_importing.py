"""Importing: the same rules as for one person, all or nothing, twice changes nothing."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.kernel.access.actor import Actor, system
from linli.kernel.access.refusals import Invalid, NotAllowed
from linli.kernel.accounts.models import Account, Event, Grant
from linli.kernel.matters.models import Entry, Matter, Party, WorkOrder
from linli.kernel.matters.verify import verify_timelines
from linli.kernel.people.actions import own, register_person, set_home, settle
from linli.kernel.people.models import FieldReading, GroupFact, Home, Household, Ownership, Person, Residence
from linli.kernel.places.actions import add_place
from linli.kernel.places.models import Place, PlaceChange
from linli.kernel.places.queries import places_called
from linli.loops.requests.actions.intake import replay_request
from linli.ports.tables.actions import Outcome, import_sheet, open_upload
from linli.ports.tables.commands import export, import_
from linli.ports.tables.kinds import kind_named
from linli.ports.tables.listing import export as export_list
from linli.ports.tables.mapping import guess, mapping_of
from linli.ports.tables.report import write_marked
from linli.web.sheets import csv_lines, guarded, write_xlsx
from tests.factories import NOW, build_cast

HOUSE = system("test", "import")


@dataclass(frozen=True)
class Cast:
    """Those of the fixed cast who import, and where."""

    community: Place
    elsewhere: Place
    home_place: Place
    worker: Actor
    head: Actor
    resident: Actor
    now: datetime


@pytest.fixture
def cast(db: Any) -> Cast:
    all_ = build_cast()
    inside = all_.inside
    return Cast(
        all_.here.community,
        all_.there.community,
        all_.here.homes[0],
        inside["community_worker"],
        inside["community_head"],
        inside["resident"],
        NOW,
    )


HEAD = "姓名,身份证号,手机,小区,楼栋,单元,房号,与户主关系,专有面积,产权份额,人群标签,入住日期\n"
GOOD = (
    HEAD
    + "王小明,11010519491231002X,13800138000,芳草苑,７幢,1,501,户主,89.37㎡,1/2,独居老人、残疾人,2020.3.1\n"
    + "李梅,,13900139000,芳草苑,7栋,1单元,501室,配偶,89.37,50%,,2020-03-01\n"
    + "王小小,,,芳草苑,7,1,501,子女,,,,\n"
)
TABLES = (Place, PlaceChange, Person, Home, Household, Residence, Ownership, GroupFact, Matter, Entry, Party, WorkOrder, Account, Grant)


def sheet_of(text: str | bytes, kind: str) -> Any:
    book = open_upload(text.encode() if isinstance(text, str) else text, "x.csv", kind_named(kind))
    return book.read(book.sheets[0])


def bring(cast: Cast, kind: str, text: str | bytes, **more: Any) -> Outcome:
    sheet = sheet_of(text, kind)
    given_ = {"actor": HOUSE, "place": cast.community, "now": cast.now, **more}
    return import_sheet(kind=kind, sheet=sheet, mapping=mapping_of(guess(kind_named(kind), sheet)), file_name="x.csv", **given_)


def everything() -> list[list[dict[str, Any]]]:
    """All rows, without what differs at each sealing."""
    return [
        [{k: v for k, v in row.items() if k not in ("identity", "phone", "address")} for row in model.objects.order_by("pk").values()]
        for model in TABLES
    ]


def said(outcome: Outcome) -> list[tuple[int, str]]:
    return [(fault.row, fault.key) for fault in outcome.faults]


# --- residents --------------------------------------------------------------------------------------------
def test_roster_comes_in_with_homes_shares_and_groups(cast: Cast):
    outcome = bring(cast, "residents", GOOD)

    assert outcome.faults == [] and outcome.written
    wang = Person.objects.get(name="王小明")
    assert (wang.identity.open(), wang.phone.open(), wang.sex, str(wang.born_on)) == (
        "11010519491231002X",
        "13800138000",
        "f",
        "1949-12-31",
    )
    assert wang.home_place is not None and wang.home_path == wang.home_place.path
    assert Home.objects.get(place=wang.home_place).exclusive_area == 8937
    assert Household.objects.get(home__place=wang.home_place).head == wang
    assert list(Residence.objects.order_by("id").values_list("person__name", "relation")) == [
        ("王小明", "owner"),
        ("李梅", "family"),
        ("王小小", "family"),
    ]
    assert [Fraction(o.share_numerator, o.share_denominator) for o in Ownership.objects.all()] == [Fraction(1, 2)] * 2
    assert set(GroupFact.objects.values_list("group", flat=True)) == {"solitary_elder", "disabled"}
    assert Event.objects.filter(kind="table_imported").count() == 1


def test_second_time_changes_nothing(cast: Cast):
    bring(cast, "residents", GOOD)
    before = everything()

    again = bring(cast, "residents", GOOD, now=cast.now + timedelta(days=3))

    assert again.written and again.counts["people_same"] == 3
    assert sum(v for k, v in again.counts.items() if k != "people_same") == 0
    assert everything() == before


def test_import_and_single_actions_leave_the_same_rows(cast: Cast):
    home = cast.home_place
    one, _new = register_person(
        actor=HOUSE, name="王小明", identity="11010519491231002X", phone="13800138000", home_place=home, now=cast.now
    )
    made = set_home(actor=HOUSE, place=home, exclusive_area=8937, now=cast.now)
    settle(actor=HOUSE, person=one, home=made, relation="owner", since_on=cast.now.date(), now=cast.now)
    own(actor=HOUSE, person=one, home=made, share=Fraction(1, 2), since_on=cast.now.date(), now=cast.now)
    before = everything()

    outcome = bring(cast, "residents", HEAD + "王小明,11010519491231002X,13800138000,芳草苑,3,1,502,业主,89.37,1/2,,\n")

    assert outcome.faults == []
    assert everything() == before


def test_every_fault_of_every_row_is_named_and_nothing_is_written(cast: Cast):
    before = everything()
    outcome = bring(
        cast,
        "residents",
        HEAD
        + "王小明,110105194912310021,1.38E+10,芳草苑,7,1,501,户主,0,3/2,没有的标签,2026.2.30\n"
        + "李梅,,13900139000,芳草苑,7,1,502,配偶,89,,,\n"
        + "李梅,,13900139000,芳草苑,7,1,502,配偶,89,,,\n"
        + "赵六,,13700137000,芳草园,7,1,502,配偶,89,,,\n",
    )

    assert [key for row, key in said(outcome) if row == 2] == ["area", "groups", "identity", "phone", "share", "since_on"]
    assert "第 3 行" in next(f.text for f in outcome.faults if f.row == 4)
    assert "芳草苑" in next(f.text for f in outcome.faults if f.row == 5)
    assert not outcome.written
    assert everything() == before


def test_bad_rows_are_skipped_when_asked(cast: Cast):
    outcome = bring(cast, "residents", GOOD + "坏人,123,,芳草苑,8,1,101,业主,,,,\n", skip_bad=True)

    assert (outcome.rows, outcome.bad_rows, outcome.written) == (4, [5], True)
    assert not Place.objects.filter(name="8 栋").exists()
    assert Person.objects.filter(name="王小明").exists() and not Person.objects.filter(name="坏人").exists()


def test_shares_beyond_the_whole_are_refused_with_what_is_owned_already(cast: Cast):
    bring(cast, "residents", GOOD)

    outcome = bring(cast, "residents", HEAD + "赵六,,13700137000,芳草苑,7,1,501,其他,,1/3,,\n")

    assert said(outcome) == [(2, "share")]


def test_identity_of_another_name_is_refused_and_new_phone_is_taken_over(cast: Cast):
    bring(cast, "residents", GOOD)

    clash = bring(cast, "residents", "姓名,身份证号\n张三,11010519491231002X\n")
    mended = bring(cast, "residents", "姓名,身份证号,手机\n王小明,11010519491231002X,13600136000\n")

    assert said(clash) == [(2, "identity")]
    assert mended.counts["people_changed"] == 1
    assert Person.objects.get(name="王小明").phone.open() == "13600136000"


def test_dry_run_writes_nothing(cast: Cast):
    before, events = everything(), Event.objects.count()

    outcome = bring(cast, "residents", GOOD, dry_run=True)

    assert (outcome.rows, outcome.faults, outcome.written) == (3, [], False)
    assert everything() == before and Event.objects.count() == events


def test_only_those_who_may_import_where_they_may(cast: Cast):
    with pytest.raises(NotAllowed):
        bring(cast, "residents", GOOD, actor=cast.resident)
    with pytest.raises(NotAllowed):
        bring(cast, "residents", GOOD, actor=cast.worker, place=cast.elsewhere)
    with pytest.raises(NotAllowed):
        bring(cast, "places", "级别,名称\n小区,甲\n", actor=cast.worker)
    assert bring(cast, "residents", GOOD, actor=cast.worker).written


def test_missing_column_is_named(cast: Cast):
    with pytest.raises(Invalid, match="姓名"):
        bring(cast, "residents", "手机,楼栋\n13800138000,3\n")


# --- the marked copy --------------------------------------------------------------------------------------
def test_marked_copy_is_mended_and_imported_again(cast: Cast):
    text = GOOD.replace("11010519491231002X", "110105194912310021")
    sheet = sheet_of(text, "residents")
    mapping = mapping_of(guess(kind_named("residents"), sheet))
    outcome = bring(cast, "residents", text)
    out = io.BytesIO()
    write_marked(out, kind=kind_named("residents"), sheet=sheet, mapping=mapping, outcome=outcome)

    import openpyxl

    book = openpyxl.load_workbook(out)
    page = book.worksheets[0]
    cell = page["B2"]
    assert cell.fill.start_color.rgb == "FFF6C9C4" and "校验位" in cell.comment.text
    assert "校验位" in page.cell(2, 13).value and page.cell(3, 13).value is None
    assert len(book.worksheets) == 2
    cell.value = "11010519491231002X"
    mended = io.BytesIO()
    book.save(mended)

    again = bring(cast, "residents", mended.getvalue())

    assert again.faults == [] and again.counts["people_new"] == 3


# --- homes, places, staff ------------------------------------------------------------------------------------
def test_homes_come_with_owners_and_a_home_without(cast: Cast):
    text = "小区,楼栋,单元,房号,面积,用途,业主姓名,身份证号,份额\n芳草苑,9,1,101,60.5,住宅,王小明,11010519491231002X,\n芳草苑,9,1,102,70,商铺,,,\n"

    first, second = bring(cast, "homes", text), bring(cast, "homes", text)

    assert first.faults == [] and first.counts["homes_new"] == 2 and first.counts["ownerships_new"] == 1
    assert second.counts["homes_new"] == second.counts["ownerships_new"] == second.counts["homes_changed"] == 0
    assert not Residence.objects.filter(person__name="王小明").exists()


def test_places_come_in_any_order_and_know_their_parents(cast: Cast):
    text = "级别,名称,上级,纬度,经度,坐标系\n楼栋,1栋,新苑,,,\n小区,新苑,,30.63,104.06,GCJ-02\n"

    first, second = bring(cast, "places", text), bring(cast, "places", text)

    building = Place.objects.get(name="1 栋", parent__name="新苑")
    assert first.counts["places_new"] == 2 and second.counts == {"places_new": 0, "places_changed": 0, "places_same": 2}
    assert building.path.startswith(Place.objects.get(name="新苑").path)
    assert PlaceChange.objects.filter(place=building, verb="added").count() == 1


def test_other_words_for_places_come_in_go_out_and_come_in_again_unchanged(cast: Cast):
    head = "级别,名称,上级,别名,所在道路,地标\n"
    text = head + "小区,新苑,,老电厂宿舍、电厂家属院,,人民医院\n楼栋,1栋,新苑,,,\n"
    first = bring(cast, "places", text)
    found = Place.objects.get(name="新苑")
    assert first.counts["places_new"] == 2 and first.faults == []
    assert dict(found.names.values_list("name", "why")) == {"老电厂宿舍": "alias", "电厂家属院": "alias", "人民医院": "landmark"}

    listing = export_list(actor=HOUSE, kind="places", place=found.parent, now=NOW)
    again = bring(cast, "places", b"".join(csv_lines(listing.header, listing.rows)))
    assert again.faults == [] and again.counts["places_changed"] == 0

    more = bring(cast, "places", head + "小区,新苑,,,芳草街；玉林路,\n")
    assert more.counts["places_changed"] == 1, "an empty cell leaves what is there"
    assert set(found.names.filter(why="road").values_list("name", flat=True)) == {"芳草街", "玉林路"}
    assert found.names.count() == 5
    assert [p.name for p in places_called("电厂家属院", [cast.community.path])] == ["新苑"]
    assert places_called("人民医院", [cast.community.path]) == [], "what lies beside it is another place"
    wrong = bring(cast, "places", head + "小区,新苑,,院,,\n")
    assert [(f.key, "2 到 40" in f.text) for f in wrong.faults] == [("alias", True)]
    assert found.names.count() == 5


def test_staff_get_accounts_and_grants_once(cast: Cast):
    text = "姓名,用户名,手机,角色,单位,负责范围\n李敏,limin,13900139001,社区工作者,,\n周强,zhouq,,经办人,没有的单位,\n"

    outcome = bring(cast, "staff", text)
    skipped = bring(cast, "staff", text, skip_bad=True)
    again = bring(cast, "staff", text, skip_bad=True)

    assert said(outcome) == [(3, "unit")] and not outcome.written
    assert skipped.counts == {"accounts_new": 1, "grants_new": 1, "grants_same": 0}
    assert again.counts == {"accounts_new": 0, "grants_new": 0, "grants_same": 1}
    assert not Account.objects.get(username="limin").has_usable_password()


# --- requests -------------------------------------------------------------------------------------------------
REQUESTS = (
    "工单号,标题,内容,小区,楼栋,提出时间,办结时间,办理结果,提出人,提出人电话\n"
    "A1,电梯异响,夜里响,芳草苑,3,2026-03-02 09:30,2026-03-05 10:00,已更换轴承,王小明,13800138000\n"
    "A2,路灯不亮,,芳草苑,,2026-03-03 20:00,,,王小明,13800138000\n"
)


def test_old_requests_keep_their_times_and_an_honest_timeline(cast: Cast):
    first, second = bring(cast, "requests", REQUESTS), bring(cast, "requests", REQUESTS)

    lift = Matter.objects.get(external_id="A1")
    assert (first.faults, first.counts, second.counts) == (
        [],
        {"requests_new": 2, "requests_same": 0},
        {"requests_new": 0, "requests_same": 2},
    )
    assert (lift.state, lift.is_open, lift.entry_count) == ("closed", False, 2)
    assert lift.raised_at.isoformat() == "2026-03-02T01:30:00+00:00"
    assert list(verify_timelines()) == []
    assert Party.objects.filter(matter=lift, role="raiser", person__name="王小明").exists()
    assert Person.objects.filter(name="王小明").count() == 1


def test_many_replayed_at_once_are_like_one_replayed_alone(cast: Cast):
    bring(cast, "requests", "工单号,标题,内容,小区,提出时间\nB1,路灯不亮,坏了 13800138000,芳草苑,2026-03-03 20:00\n", actor=cast.head)
    many = Matter.objects.get(external_id="B1")
    one, _new = replay_request(
        actor=cast.head.through("import"),
        title="路灯不亮",
        body="坏了 13800138000",
        place=many.place,
        raised_at=many.raised_at,
        now=cast.now,
        external_id="B2",
    )

    def comparable(matter: Matter) -> dict[str, Any]:
        left_out = {"id", "external_id", "head_hash", "_state", "version"}
        return {k: v for k, v in Matter.objects.values().get(pk=matter.pk).items() if k not in left_out}

    assert comparable(many) == comparable(one)
    assert [(e.verb, e.who, e.public, e.text, e.facts) for e in many.entries.all()] == [
        (e.verb, e.who, e.public, e.text, e.facts) for e in one.entries.all()
    ]
    assert list(many.orders.values_list("unit", "task", "state")) == list(one.orders.values_list("unit", "task", "state"))
    assert list(many.parties.values_list("account", "role")) == list(one.parties.values_list("account", "role"))


def test_worker_may_not_set_times_but_may_bring_todays(cast: Cast):
    refused = bring(cast, "requests", REQUESTS, actor=cast.worker)
    today = bring(cast, "requests", "标题,小区\n井盖松动,芳草苑\n井盖松动,芳草苑\n", actor=cast.worker, skip_bad=True)

    assert {key for _row, key in said(refused)} == {"raised_at"}
    assert today.counts["requests_new"] == 1 and today.bad_rows == [3]
    assert Matter.objects.get(title="井盖松动").channel == "import"


# --- out and back ---------------------------------------------------------------------------------------------
def test_dangerous_cells_leave_disarmed():
    rows = [["=1+1", "+1", "-1", "@x", "\tx", "\rx", "safe", 3]]

    text = b"".join(csv_lines(["a"], rows)).decode("utf-8-sig")
    out = io.BytesIO()
    write_xlsx(out, ["a"], rows, name="x")

    import openpyxl

    assert text.splitlines()[1].startswith("'=1+1,'+1,'-1,'@x,")
    assert [c.data_type for c in openpyxl.load_workbook(out).worksheets[0][2]][:7] == ["s"] * 7
    assert guarded("＝1") == "'＝1"


def test_personal_fields_leave_masked_unless_asked_for_with_a_purpose(cast: Cast):
    bring(cast, "residents", GOOD)
    kept = {"actor": cast.worker, "kind": "residents", "place": cast.community, "now": cast.now}

    masked = [dict(zip(out.header, row, strict=True)) for out in [export_list(**kept)] for row in out.rows]
    opened = [dict(zip(out.header, row, strict=True)) for out in [export_list(**kept, purpose="电话回访")] for row in out.rows]

    assert {"11010519491231002X", "13800138000", "王小明"} & {v for row in masked for v in row.values()} == set()
    assert "11010519491231002X" in {row["身份证号"] for row in opened}
    assert set(FieldReading.objects.filter(person__name="王小明").values_list("field", "purpose")) == {
        ("identity", "电话回访"),
        ("phone", "电话回访"),
    }
    with pytest.raises(NotAllowed):
        export_list(**{**kept, "actor": cast.resident})


NAMES = st.text(alphabet="王李张刘陈小明丽华伟芳=+-@'欧阳 ·", min_size=1, max_size=8).filter(lambda s: s.strip(" '·"))
ROWS = st.lists(
    st.tuples(
        NAMES,
        st.integers(13_000_000_000, 19_999_999_999),
        st.integers(1, 4),
        st.integers(101, 104),
        st.sampled_from(["业主", "配偶", "租户", "其他"]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[1],
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.sampled_from(["csv", "xlsx"]))
def test_what_is_exported_and_imported_again_changes_nothing(cast: Cast, rows: list[tuple[Any, ...]], form: str):
    with transaction.atomic():
        fresh = add_place(actor=HOUSE, kind="community", name="新社区", parent=cast.community.parent, now=NOW)
        add_place(actor=HOUSE, kind="compound", name="新苑", parent=fresh, now=NOW)
        out = io.BytesIO()
        write_xlsx(
            out,
            ["姓名", "手机", "小区", "楼栋", "房号", "与户主关系"],
            [[n, str(p), "新苑", str(b), str(r), rel] for n, p, b, r, rel in rows],
            name="x",
        )
        bring(cast, "residents", out.getvalue(), skip_bad=True, place=fresh)
        before = everything()

        listing = export_list(actor=HOUSE, kind="residents", place=fresh, now=NOW, purpose="往返")
        file = io.BytesIO()
        if form == "csv":
            file.write(b"".join(csv_lines(listing.header, listing.rows)))
        else:
            write_xlsx(file, listing.header, listing.rows, name="x")
        again = bring(cast, "residents", file.getvalue(), place=fresh)

        assert again.faults == []
        assert everything() == before
        transaction.set_rollback(True)


# --- the command line -------------------------------------------------------------------------------------------
def test_commands_import_report_and_export(cast: Cast, tmp_path: Any):
    sheet, report, out = tmp_path / "a.csv", tmp_path / "r.xlsx", tmp_path / "o.csv"
    sheet.write_bytes(GOOD.replace("13900139000", "139").encode("gbk"))
    run = CliRunner()

    failed = run.invoke(import_, ["residents", str(sheet), "--place", cast.community.code, "--report", str(report)])
    skipped = run.invoke(
        import_, ["residents", str(sheet), "--place", cast.community.code, "--skip-bad", "--save-map", str(tmp_path / "m.json")]
    )
    mapped = run.invoke(
        import_,
        ["residents", str(sheet), "--place", cast.community.code, "--skip-bad", "--map", str(tmp_path / "m.json"), "--as", "nobody"],
    )
    exported = run.invoke(export, ["residents", str(out), "--format", "csv", "--place", cast.community.code])

    assert failed.exit_code == 1 and "什么都没有写入" in failed.output and report.exists()
    assert skipped.exit_code == 0 and "新登记居民 2" in skipped.output
    assert mapped.exit_code == 1
    assert exported.exit_code == 0 and "王**" in out.read_text("utf-8-sig")


# --- faults -------------------------------------------------------------------------------------------------------
KILLED = """
import os, signal, sys
from linli.config.cli import set_up
set_up()
from linli.kernel.people import bulk
real = bulk.Roster._write_shares
def dies(self, ties):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "die":
    bulk.Roster._write_shares = dies
from linli.config.cli import run
sys.exit(run(["import", "residents", sys.argv[1], "--place", "510107020001", "--quiet"]))
"""


@pytest.mark.slow
def test_kill_in_the_middle_leaves_nothing_and_the_next_try_all(tmp_path: Any, installed: Any):
    sheet = tmp_path / "a.csv"
    sheet.write_text(GOOD)
    places = tmp_path / "p.csv"
    places.write_text("级别,名称,上级,代码\n社区,芳草社区,,510107020001\n小区,芳草苑,510107020001,\n")
    environment = {**os.environ, "LINLI_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "linli.config.settings", "LINLI_LANGUAGE": "zh"}
    address = installed(tmp_path)
    environment.update({"LINLI_DATABASE_URL": address} if address else {})
    environment.pop("LINLI_DATABASE_URL", None) if not address else None

    def linli(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, timeout=120, check=False)

    assert linli("-m", "linli.config.cli", "import", "places", str(places)).returncode == 0
    died = linli("-c", KILLED, str(sheet), "die")
    listed = linli("-m", "linli.config.cli", "export", "residents", str(tmp_path / "o.csv"), "--format", "csv")
    again = linli("-c", KILLED, str(sheet), "live")

    assert died.returncode == -signal.SIGKILL
    assert "0 行" in listed.stdout
    assert again.returncode == 0 and "新登记居民 3" in again.stdout and "新增地点" in again.stdout
