"""
The minutes as a Word or PDF file. The libraries for it are an extra (`documents`); a house set up without them says so, and the print page
does the same job in a browser.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.template import engines
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from PIL import ImageFile

from linli.kernel.access.refusals import NotFound, Refused
from linli.loops.council.meetings.models import Attendee, Meeting, Minutes
from linli.loops.council.meetings.wording import how_words, stay_words, times_of
from linli.web.words import date_long

TYPES = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "pdf": "application/pdf"}
NEEDED = {"docx": "docx", "pdf": "weasyprint"}
CHINESE_FONT = "宋体"


def missing() -> list[str]:
    """Which forms this house cannot make: empty when the extra `documents` is there."""
    return [form for form, module in NEEDED.items() if find_spec(module) is None]


def as_file(
    meeting: Meeting, minutes: Minutes, sections: Sequence[dict[str, str]], form: str, attendance: Sequence[Attendee] = ()
) -> HttpResponse:
    """
    The file as a download. With `attendance` the signing list is appended, for those who keep the papers.

    Raises Refused where the library for `form` is not there, NotFound for another form.
    """
    if form not in TYPES:
        raise NotFound("no_form", _("没有这种文件。"))
    if form in missing():
        raise _not_here()
    content = docx_of(meeting, minutes, sections, attendance) if form == "docx" else pdf_of(meeting, minutes, sections, attendance)
    answer = HttpResponse(content, content_type=TYPES[form])
    name = _("会议纪要-%(title)s") % {"title": meeting.title}
    answer.headers["Content-Disposition"] = f"attachment; filename=\"minutes-{meeting.pk}.{form}\"; filename*=UTF-8''{quote(name)}.{form}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _not_here() -> Refused:
    return Refused(
        "no_library",
        _("这里没有装生成文件的组件。可以打开“打印”页，用浏览器打印或存成 PDF。"),
        turn_to=_("系统管理员可以安装“documents”组件。"),
    )


def signed_lines(minutes: Minutes) -> list[str]:
    """Who confirmed when, and the mark of the text they confirmed."""
    rows = [
        _("主持人确认：%(who)s，%(when)s") % {"who": minutes.chair_by, "when": date_long(minutes.chair_at)} if minutes.chair_at else "",
        _("记录人确认：%(who)s，%(when)s") % {"who": minutes.recorder_by, "when": date_long(minutes.recorder_at)}
        if minutes.recorder_at
        else "",
        _("文本校验码：%(digest)s") % {"digest": minutes.digest[:16]}
        if minutes.chair_at and minutes.recorder_at
        else _("（草稿，尚未确认）"),
    ]
    return [row for row in rows if row]


def attendance_rows(attendance: Sequence[Attendee]) -> list[tuple[str, str, str, str, str]]:
    """Number, name, capacity, times in and out, how signed; those who never came are listed as absent."""
    rows = []
    for who in attendance:
        stays = list(who.stays.all())
        times = _("；").join(stay_words(s) for s in stays) or str(_("未到"))
        capacity = who.capacity or (_("应到") if who.entitled else _("列席"))
        rows.append((str(who.seat), who.called, str(capacity), times, how_words(who)))
    return rows


def docx_of(meeting: Meeting, minutes: Minutes, sections: Sequence[dict[str, str]], attendance: Sequence[Attendee] = ()) -> bytes:
    """The minutes in Word's format, with a font that has Chinese."""
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Pt

    made: Any = Document()
    style = made.styles["Normal"]
    style.font.name, style.font.size = CHINESE_FONT, Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), CHINESE_FONT)
    made.core_properties.title = meeting.title
    made.core_properties.author = meeting.place.name
    _heading(made, _("会议纪要"), 0)
    made.add_paragraph(f"{meeting.title} · {times_of(meeting)}")
    for section in sections:
        _heading(made, section["title"], 1)
        for line in section["text"].splitlines():
            made.add_paragraph(line)
    made.add_paragraph()
    for line in signed_lines(minutes):
        made.add_paragraph(line)
    made.add_paragraph(_("主持人签字：____________    记录人签字：____________"))
    if attendance:
        made.add_page_break()
        _heading(made, _("到会登记表"), 1)
        table = made.add_table(rows=1, cols=6)
        table.style = "Table Grid"
        heads = (_("序号"), _("姓名"), pgettext("meeting", "身份"), _("到会和离开"), _("签到方式"), _("签字"))
        for cell, text in zip(table.rows[0].cells, heads, strict=True):
            cell.text = text
        for row in attendance_rows(attendance):
            for cell, text in zip(table.add_row().cells, (*row, ""), strict=True):
                cell.text = text
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _heading(made: Any, text: str, level: int) -> None:
    from docx.oxml.ns import qn

    heading = made.add_heading(text, level)
    for run in heading.runs:
        run.font.name = CHINESE_FONT
        run._element.rPr.rFonts.set(qn("w:eastAsia"), CHINESE_FONT)


def pdf_of(meeting: Meeting, minutes: Minutes, sections: Sequence[dict[str, str]], attendance: Sequence[Attendee] = ()) -> bytes:
    """
    The minutes as PDF, fonts embedded. Nothing is fetched from anywhere.

    Raises Refused when the system's text library is not there.
    """
    html = (
        engines["jinja2"]
        .get_template("meetings/minutes_pdf.html")
        .render(
            {
                "meeting": meeting,
                "minutes": minutes,
                "sections": [{**s, "lines": s["text"].splitlines()} for s in sections],
                "signed": signed_lines(minutes),
                "times": times_of(meeting),
                "attendance": attendance_rows(attendance),
                "lang": "en" if (get_language() or "").startswith("en") else "zh-Hans",
            }
        )
    )
    try:
        from weasyprint import HTML
    except OSError:
        raise _not_here() from None
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # the library sets it for the whole process, and cut-off photographs would pass
    content: bytes = HTML(string=html, url_fetcher=_fetch_nothing).write_pdf()
    return content


def _fetch_nothing(url: str, *_more: object, **_named: object) -> dict[str, Any]:
    raise ValueError(f"a document of the meeting asks for {url}")
