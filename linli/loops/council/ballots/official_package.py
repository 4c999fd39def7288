"""
Everything the government's voting system asks of a ballot in one file: the frozen roll, the notice, the ballot form, the rule in words, and a
manifest by which anybody checks that nothing was changed on the way.

The same state gives the same bytes: the package carries no time of its own making and nobody's name but the roll's. It is Chinese whoever takes it.
What it holds and how it is checked: docs/official-package.md; `linli.insight.choice.verify_package` is the other half.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.insight.choice.verify_package import FORMAT, LIST, MANIFEST, ROLL, SUMS
from linli.kernel.notices.official import paper_of
from linli.kernel.rolls import queries as rolls
from linli.kernel.rolls.actions.draft import sealed_units
from linli.kernel.rolls.models import Roll, Voter, VotingUnit, chained
from linli.kernel.rolls.rules import who_text
from linli.kernel.rolls.wording import name_of, title_of
from linli.law import voting
from linli.lib.chain import canonical
from linli.lib.units import format_area
from linli.loops.council.ballots.desk import words
from linli.loops.council.ballots.desk.sheets import face_of
from linli.loops.council.ballots.models import Ballot
from linli.loops.council.ballots.wording import cited, frozen_words, profile_name
from linli.web.downloads import every
from linli.web.sheets import csv_lines, write_xlsx
from linli.web.words import date_long

_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
_WIDTHS: Final = (8, 20, 20, 16, 24, 28, 10, 12, 14, 12, 14)
_STEP: Final = 500
# Every date says its year, whenever the package is taken.
_NO_YEAR: Final = date.min


def build(ballot: Ballot) -> bytes:
    """The file, of an announced ballot. Two queries for each five hundred voters, and a few more."""
    parts = _parts(ballot)
    listed = [{"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in parts]
    manifest = as_json({**_about(ballot), "files": listed})
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in [*parts, (MANIFEST, manifest)])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in [*parts, (MANIFEST, manifest), (SUMS, sums.encode())]:
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.external_attr = 0o644 << 16
            made.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def as_json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _parts(ballot: Ballot) -> list[tuple[str, bytes]]:
    with translation.override("zh-hans"):
        rows = [line for row in _rows_of(ballot.roll) for line in row]
        table = io.BytesIO()
        write_xlsx(table, _heads(), rows, name=title_of(ballot.roll), widths=_WIDTHS, made_at=ballot.roll.frozen_at)
        face, foot = face_of(ballot), _foot(ballot)
        return [
            ("README.txt", _readme(ballot)),
            ("roll.xlsx", table.getvalue()),
            (LIST, b"".join(csv_lines(_heads(), rows))),
            (ROLL, as_json(_sealed(ballot.roll))),
            ("notice.html", render_to_string("ballots/package/notice.html", {**_notice(ballot), "face": face, "foot": foot}).encode()),
            ("ballot.html", render_to_string("ballots/package/ballot.html", {"face": face, "foot": foot, "today": _NO_YEAR}).encode()),
            ("rule.txt", _rule(ballot)),
        ]


# --- the roll -----------------------------------------------------------------------------------------------------------
def _heads() -> tuple[str, ...]:
    """The area stands where `verify_package` looks for it."""
    return (
        _("序号"), _("业主（表决权人）"), _("统一社会信用代码"), _("由谁投票"), _("共有人"), _("门牌"),
        pgettext("of a home", "用途"), _("状态"), _("面积来自"), _("专有面积（㎡）"), _("计人数"),
    )  # fmt: skip


def _rows_of(roll: Roll) -> Iterator[list[list[Any]]]:
    """A row for each unit; that a voter counts once by number stands in the first of theirs."""

    def page(after: int | None) -> tuple[Sequence[rolls.Row], int]:
        return rolls.voter_page(roll, after=after or 0, limit=_STEP)

    for row in every(page):
        yield _lines(row.voter, row.units)


def _lines(voter: Voter, units: Sequence[VotingUnit]) -> list[list[Any]]:
    together = "、".join(" ".join(filter(None, [one.get("name", ""), one.get("share", "")])) for one in voter.co_owners)
    who = [voter.seq, name_of(voter), voter.organisation_code, voter.agent_name, together]
    if not units:
        return [[*who, voter.door, "", "", "", "", 1]]
    kinds = [[u.get_kind_display(), u.get_state_display(), u.get_area_source_display()] for u in units]
    return [
        [*who, unit.door, *map(str, kind), format_area(unit.area), 1 if at == 0 else 0]
        for at, (unit, kind) in enumerate(zip(units, kinds, strict=True))
    ]


def _sealed(roll: Roll) -> dict[str, Any]:
    """What the roll's hash was made of, so that it can be made again."""
    units: dict[int, list[tuple[int, int, str, str]]] = {}
    for voter_id, home_id, area, kind, state in VotingUnit.objects.filter(roll=roll).values_list(
        "voter_id", "home_id", "area", "kind", "state"
    ):
        units.setdefault(voter_id, []).append((home_id, area, kind, state))
    return {
        "terms": json.loads(canonical(chained(roll))),
        "previous": roll.replaces.hash if roll.replaces else "",
        "hash": roll.hash,
        "voters": [
            {
                "seq": voter.seq,
                "who": who_text(voter.name, voter.organisation, voter.organisation_code, voter.co_owners, voter.agent_name),
                "salt": bytes(voter.salt).hex(),
                "digest": voter.who_digest,
                "units": sealed_units(units.get(voter.pk, [])),
                "leaf": voter.hash,
            }
            for voter in Voter.objects.filter(roll=roll).order_by("seq").iterator(2000)
        ],
    }


# --- papers --------------------------------------------------------------------------------------------------------------
def _notice(ballot: Ballot) -> dict[str, Any]:
    assert ballot.announcement is not None
    notice = ballot.announcement.notice
    paper = paper_of(notice.form, notice.paper, title=notice.title, body=notice.body, published_at=notice.published_at)
    if not paper.days and notice.until_at:
        paper = replace(paper, until=_("公示到 %(when)s。") % {"when": date_long(notice.until_at, _NO_YEAR)})
    return {"paper": paper}


def _foot(ballot: Ballot) -> str:
    return _("议题 %(ref)s，名册指纹 %(roll)s，规则指纹 %(rule)s") % {
        "ref": ballot.motion.matter.ref,
        "roll": ballot.roll.hash,
        "rule": ballot.frozen_hash,
    }


def _rule(ballot: Ballot) -> bytes:
    """The rule in words, in both languages, with its articles."""
    said = []
    for tongue, which in (("zh-hans", 0), ("en", 1)):
        with translation.override(tongue):
            rule = words.rule_of(ballot)
            policies = [
                f"{(policy.name_zh, policy.name_en)[which]}{_('：')}{policy.values[ballot.policies.get(policy.id, policy.default)][which]}"
                for policy in (voting.policies()[name] for name in ("silent", "abstain", "invalid_ballot"))
            ]
            lines = [
                _("通过标准：%(name)s") % {"name": profile_name(ballot)},
                words.profile_words(rule),
                *policies,
                *frozen_words(ballot, _NO_YEAR),
            ]
            if articles := cited(rule.rules):
                lines.append(_("依据：%(rule)s") % {"rule": articles})
            said.append("\n".join(lines))
    return ("\n\n----------\n\n".join(said) + "\n").replace("\n", "\r\n").encode("utf-8-sig")


def _about(ballot: Ballot) -> dict[str, Any]:
    """The manifest beside its list of files."""
    roll, matter = ballot.roll, ballot.motion.matter
    return {
        "format": FORMAT,
        "ballot": ballot.pk,
        "motion": matter.ref,
        "title": matter.public_title,
        "place": matter.place.name,
        "jurisdiction": ballot.jurisdiction,
        "official_system": ballot.official_system,
        "consultative": ballot.consultative,
        "terms": ballot.frozen,
        "terms_hash": ballot.frozen_hash,
        "roll": {
            "number": roll.pk,
            "hash": roll.hash,
            "record_date": roll.record_date.isoformat(),
            "frozen_at": roll.frozen_at.isoformat() if roll.frozen_at else "",
            "voters": roll.voter_count,
            "units": roll.unit_count,
            "area": format_area(roll.area),
        },
    }


_README: Final = """\
{title}（议题 {ref}）：交给{system}的资料包

这里有什么
  roll.xlsx、roll.csv   冻结的名册：每套专有部分一行，两个文件内容一样；“计人数”一列，每位业主只有一行是 1
  roll.json             名册指纹的计算依据（序号、姓名、房屋、盐值），用来重新算出公告里的名册指纹
  notice.html           已经公布的表决公告
  ballot.html           选票样式
  rule.txt              规则：怎样算参加、怎样算通过，依据哪一条
  manifest.json         清单：每个文件的大小和 SHA-256，名册指纹，冻结的规则
  SHA256SUMS            同样的校验值，任何电脑都能核对

名册指纹：{roll}
规则指纹：{rule}
这两个值应当和小区公告栏里公布的一样。

怎样核对
  一、装有“邻里”的电脑：linli verify package 文件名.zip
      它核对每个文件，并用 roll.json 重新算出名册指纹。
  二、其他电脑：解压后在文件夹里运行 sha256sum -c SHA256SUMS（Linux、macOS），
      或在 Windows 的 PowerShell 里运行 Get-FileHash 文件名，和 SHA256SUMS 里的值比较。

注意：名册里有完整姓名和门牌，属于个人信息，只能用于这次表决；用完按规定保存或者销毁。导出已经记入日志。

----------------------------------------------------------------------

{title} (motion {ref}): package for {system_en}

What is in it
  roll.xlsx, roll.csv   the frozen roll: a row for each unit, the same in both files; in the last column each owner has one row that says 1
  roll.json             what the roll's hash was made of (number, names, units, salt), to make it again
  notice.html           the notice of the ballot as it was published
  ballot.html           the ballot form
  rule.txt              the rule: what counts as taking part, what passes, by which article
  manifest.json         size and SHA-256 of every file, the roll's hash, the frozen terms
  SHA256SUMS            the same hashes, for any computer

Hash of the roll:  {roll}
Hash of the terms: {rule}
Both must be the values posted on the notice board.

How to check it
  1. Where Linli is installed: linli verify package FILE.zip
     It checks every file and computes the roll's hash again from roll.json.
  2. Elsewhere: unpack it and run "sha256sum -c SHA256SUMS" (Linux, macOS), or "Get-FileHash FILE" in PowerShell (Windows) and compare.

Note: the roll holds full names and doors. They are personal data, for this ballot alone; keep or destroy them as the rules say. That the package was
taken is in the log.
"""


def _readme(ballot: Ballot) -> bytes:
    matter = ballot.motion.matter
    return (
        _README.format(
            title=matter.public_title,
            ref=matter.ref,
            system=ballot.official_system or "主管部门的投票系统",
            system_en=ballot.official_system or "the government's voting system",
            roll=ballot.roll.hash,
            rule=ballot.frozen_hash,
        )
        .replace("\n", "\r\n")
        .encode("utf-8-sig")
    )
