"""
A page as a PDF file, fonts embedded. The library is an extra (`documents`); a house without it says so, and the print page does the same job
in a browser.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.template import engines
from django.utils.translation import get_language
from PIL import ImageFile


class NotHere(RuntimeError):
    """The library (or the system's text library under it) is not installed."""


def there() -> bool:
    """Whether this house can make PDF files."""
    return find_spec("weasyprint") is not None


def made(template: str, context: dict[str, Any]) -> bytes:
    """
    `template`, a whole HTML document with its own style, as PDF. Nothing is fetched from anywhere. Raises NotHere.
    """
    if not there():
        raise NotHere
    lang = "en" if (get_language() or "").startswith("en") else "zh-Hans"
    html = engines["jinja2"].get_template(template).render({"lang": lang, **context})
    try:
        from weasyprint import HTML
    except OSError:
        raise NotHere from None
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # the library sets it for the whole process, and cut-off photographs would pass
    content: bytes = HTML(string=html, url_fetcher=_fetch_nothing).write_pdf()
    return content


def answer(content: bytes, *, name: str, title: str) -> HttpResponse:
    """The file as a download: `name` for machines without Chinese file names, `title` for all others."""
    sent = HttpResponse(content, content_type="application/pdf")
    sent.headers["Content-Disposition"] = f"attachment; filename=\"{name}.pdf\"; filename*=UTF-8''{quote(title)}.pdf"
    sent.headers["X-Content-Type-Options"] = "nosniff"
    return sent


def _fetch_nothing(url: str, *_more: object, **_named: object) -> dict[str, Any]:
    raise ValueError(f"a document asks for {url}")
