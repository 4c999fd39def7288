"""
The Jinja2 environment of every page, and fragments of pages for HTMX.

``ui`` is a global in every template: ``{{ ui.chip("今天到期", "gold") }}`` finds the macro by its name in
``components/*.html``. No import is needed, so one block of a page can be rendered alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.backends.utils import csrf_input_lazy, csrf_token_lazy
from django.templatetags.static import static
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils import timezone
from django.utils.html import linebreaks
from django.utils.translation import get_language, gettext, ngettext, npgettext, pgettext
from jinja2 import Environment, StrictUndefined
from jinja2.runtime import Macro
from markupsafe import Markup

from linli.web import drawing, words
from linli.web.kept import files_wait, kept_files

FAMILIES = (
    "icons",
    "loop",
    "forms",
    "table",
    "card",
    "chip",
    "timeline",
    "figure",
    "rating",
    "plan",
    "steps",
    "empty",
    "notice",
    "disclosure",
    "breadcrumb",
    "tabs",
    "menu",
    "person",
    "bars",
    "spark",
    "trend",
)


class Components:
    """Finds a macro by name in ``components/<family>.html``; two families may not share a name."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._family_of: dict[str, str] = {}

    def _module(self, family: str) -> Any:
        return self._environment.get_template(f"components/{family}.html").module

    def _index(self) -> dict[str, str]:
        if not self._family_of:
            found: dict[str, str] = {}
            for family in FAMILIES:
                for name, value in vars(self._module(family)).items():
                    if isinstance(value, Macro) and not name.startswith("_"):
                        if name in found:
                            raise LookupError(f"macro {name!r} is in components/{found[name]}.html and in components/{family}.html")
                        found[name] = family
            self._family_of = found
        return self._family_of

    def names(self) -> dict[str, str]:
        """Macro name → family, for the style guide and the tests."""
        return dict(self._index())

    def __getattr__(self, name: str) -> Macro:
        if name.startswith("_"):
            raise AttributeError(name)
        if self._environment.auto_reload and name not in self._family_of:
            self._family_of = {}
        family = self._index().get(name)
        if family is None:
            raise AttributeError(f"no component is called {name!r}: see linli/web/README.md")
        macro: Macro = getattr(self._module(family), name)
        if not self._environment.auto_reload:
            self.__dict__[name] = macro  # found at once from now on
        return macro


@lru_cache(maxsize=2048)
def qr(text: str, *, quick: bool = False) -> Markup:
    """
    A QR code as inline SVG, dark on white whatever the scheme, with a quiet zone.

    Choosing the best of the eight masks takes as long as half a page: paper, which may be read crumpled and in the dark, gets it; a screen gets
    a `quick` one, which a reader of codes undoes as well. The same text gives the same picture, so the last ones are kept (1.5 KB each).
    """
    code = segno.make(str(text), error="m", micro=False, mask=3 if quick else None)
    return Markup(code.svg_inline(border=2, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704 (segno escapes; the text itself is drawn, not written)


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The path of a named page; ``url("square:home")``, ``url("requests:detail", code)``."""
    if kwargs or not all(type(a) in (str, int) for a in args):
        return reverse(name, args=args or None, kwargs=kwargs or None)
    return _path(get_urlconf(), get_script_prefix(), name, args)


@lru_cache(maxsize=4096, typed=True)
def _path(_urlconf: Any, _prefix: str, name: str, args: tuple[str | int, ...]) -> str:
    """The last paths made: a page names a dozen, most of them the same as the page before."""
    return reverse(name, args=args or None)


def environment(**options: Any) -> Environment:
    """The environment Django's Jinja2 backend asks for."""
    options.pop("autoescape", None)
    env = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=800,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        **{name: value for name, value in options.items() if name != "undefined"},
    )
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(  # type: ignore[attr-defined]  # added by jinja2.ext.i18n when it is loaded
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    env.globals.update(
        static=static,
        url=url,
        now=timezone.now,
        language=get_language,
        step_sentence=words.step_sentence,
        draw_plan=drawing.plan,
        draw_spark=drawing.spark,
        draw_bars=drawing.bars,
        draw_trend=drawing.trend,
        draw_spans=drawing.spans,
        kept_files=kept_files,
        files_wait=files_wait,
        ui=Components(env),
        upload_mb=getattr(settings, "MAX_UPLOAD_MB", 10),
    )
    env.filters.update(
        date_long=words.date_long,
        day=words.day,
        until=words.until,
        telephone=words.telephone,
        time=words.clock,
        ago=words.ago,
        number=words.number,
        percent=words.percent,
        minutes_words=words.minutes_words,
        linebreaks=lambda text: Markup(linebreaks(text, autoescape=True)),  # noqa: S704 (escaped by Django while making paragraphs)
        qr=qr,
    )
    return env


def render_block(request: HttpRequest, template: str, block: str, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    """
    One ``{% block %}`` of a template as the whole answer, with the same context processors as the full page.

    Only what stands inside the block is run: a ``{% set %}`` or ``{% import %}`` at the top of the file is not.
    Raises ``KeyError`` when the template itself has no such block.
    """
    found: Any = engines["jinja2"].get_template(template)
    values: dict[str, Any] = {
        **(context or {}),
        "request": request,
        "csrf_input": csrf_input_lazy(request),
        "csrf_token": csrf_token_lazy(request),
    }
    for processor in found.backend.template_context_processors:
        values.update(processor(request))
    html = "".join(found.template.blocks[block](found.template.new_context(values)))
    return HttpResponse(html, status=status)


class Fragment:
    """
    Answers HTMX with one block and everybody else with the whole page, from the same file.

    ``LIST = Fragment("requests/list.html", "rows")``, then in a view ``return LIST(request, context)``.
    """

    def __init__(self, template: str, block: str) -> None:
        self.template, self.block = template, block

    def __call__(self, request: HttpRequest, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
        htmx = getattr(request, "htmx", None)
        if htmx and not htmx.boosted and not htmx.history_restore_request:
            response = render_block(request, self.template, self.block, context, status)
        else:
            response = HttpResponse(engines["jinja2"].get_template(self.template).render(dict(context or {}), request), status=status)
        response.headers["Vary"] = ", ".join(filter(None, [response.headers.get("Vary"), "HX-Request"]))
        return response
