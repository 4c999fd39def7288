"""What is built is fresh: the one style sheet, the catalogue of the face."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_joined_style_sheet_is_fresh() -> None:
    assert tool("build_css").main(["--check"]) == 0


def test_every_sentence_of_the_face_has_english() -> None:
    messages, face = tool("messages"), ROOT / "linli" / "web"
    assert messages.faults(face, messages.read(face)) == []


def test_a_catalogue_without_english_is_a_fault(tmp_path: Path) -> None:
    messages = tool("messages")
    vars(messages)["ROOT"] = tmp_path
    app = tmp_path / "linli" / "shop"
    app.mkdir(parents=True)
    (app / "apps.py").write_text(
        'from django.utils.translation import gettext as _\nHELLO = _("还有 %(days)s 天") % {"days": 2}\n', encoding="utf-8"
    )
    assert any("not in the catalogue" in line for line in messages.faults(app, messages.read(app)))
    assert messages.main(["extract", str(app)]) == 0
    assert any("no English" in line for line in messages.faults(app, messages.read(app)))
    po = messages.po_path(app)
    po.write_text(
        po.read_text(encoding="utf-8")
        .replace('msgstr ""\n', 'msgstr "%(dies)s days left"\n')
        .replace('msgid ""\nmsgstr "%(dies)s days left"', 'msgid ""\nmsgstr ""'),
        encoding="utf-8",
    )
    assert any("placeholders differ" in line for line in messages.faults(app, messages.read(app)))
    po.write_text(po.read_text(encoding="utf-8").replace("dies", "days"), encoding="utf-8")
    assert [line for line in messages.faults(app, messages.read(app)) if "stale" not in line] == []
    assert any("stale" in line for line in messages.faults(app, messages.read(app)))
    messages.main(["compile", str(app)])
    assert messages.faults(app, messages.read(app)) == []


def test_extraction_keeps_what_was_translated(tmp_path: Path) -> None:
    messages = tool("messages")
    vars(messages)["ROOT"] = tmp_path
    app = tmp_path / "linli" / "shop"
    (app / "templates" / "shop").mkdir(parents=True)
    (app / "apps.py").write_text("", encoding="utf-8")
    page = app / "templates" / "shop" / "a.html"
    page.write_text("{{ _('受理') }}{% trans n=2 %}{{ n }} 件{% pluralize %}{{ n }} 件{% endtrans %}", encoding="utf-8")
    messages.main(["extract", str(app)])
    po = messages.po_path(app)
    po.write_text(po.read_text(encoding="utf-8").replace('msgid "受理"\nmsgstr ""', 'msgid "受理"\nmsgstr "Accept"'), encoding="utf-8")
    page.write_text("{{ _('受理') }}{{ _('退回') }}", encoding="utf-8")
    messages.main(["extract", str(app)])
    assert 'msgid "受理"\nmsgstr "Accept"' in po.read_text(encoding="utf-8")
    assert "退回" in po.read_text(encoding="utf-8")
    assert "件" not in po.read_text(encoding="utf-8")
