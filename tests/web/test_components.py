"""The macros: every one is found, draws, and lets no hostile text through."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.template import engines
from django.utils import translation
from jinja2 import Environment

from linli.web import drawing

HOSTILE = '<script>alert(1)</script>"\' onload="x'
STAGES = ["提出", "受理", "研判", "办理", "办结", "评价", "回看"]


@pytest.fixture
def env() -> Environment:
    engine: Any = engines["jinja2"]
    found: Environment = engine.env
    return found


def draw(env: Environment, source: str, **values: Any) -> str:
    return env.from_string(source).render(**values)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [name for name, _value in attrs]


class Sample(forms.Form):
    text = forms.CharField(label=HOSTILE, help_text=HOSTILE, widget=forms.Textarea, max_length=20)
    pick = forms.ChoiceField(label=HOSTILE, choices=[(HOSTILE, HOSTILE)], widget=forms.RadioSelect)
    line = forms.CharField(label=HOSTILE, initial=HOSTILE)
    photo = forms.FileField(label=HOSTILE, required=False)


CALLS = [
    "{{ ui.chip(x, 'red') }}",
    "{{ ui.strip([x, x], 1, sentence=x) }}{{ ui.mini([x, x], 2, show_word=True) }}",
    "{{ ui.promise(x, x, x, 'late', x) }}",
    "{% call ui.card(x, x, x, chip=x) %}{{ x }}{% endcall %}",
    "{% call ui.section(x, x, x, x) %}{{ x }}{% endcall %}",
    "{% call ui.page_head(x, x, x) %}{{ x }}{% endcall %}",
    "{{ ui.facts([{'label': x, 'value': x, 'href': x}]) }}",
    "{{ ui.row_list([{'title': x, 'href': x, 'meta': x, 'chip': x}], x) }}",
    (
        "{{ ui.timeline([{'who': x, 'when': x, 'what': x, 'title': x, 'public': True,"
        " 'attachments': [{'name': x, 'href': x, 'thumb': x}]}]) }}"
    ),
    "{{ ui.figure(x, x, 1, 2, x, x, x, x) }}",
    "{{ ui.rating('r', x, [(x, x)], x, x, x) }}{{ ui.stars(3, 5, x) }}",
    "{{ ui.steps([x, {'label': x, 'href': x}], 2) }}",
    "{{ ui.empty(x, x, x, x) }}{{ ui.notice(x, 'warn', x) }}",
    "{% call ui.disclosure(x) %}{{ x }}{% endcall %}{% call ui.menu(x) %}{{ x }}{% endcall %}",
    "{{ ui.breadcrumb([(x, x), (x, '')]) }}{{ ui.back_link(x, x) }}{{ ui.tabs([{'label': x, 'href': x, 'count': 3}], x) }}{{ ui.ways([{'label': x, 'href': x, 'icon': ''}], x) }}",
    "{{ ui.person(x, x, x, True, x, x) }}{{ ui.icon('home', x) }}",
    "{{ ui.bars([{'label': x, 'value': 3, 'text': x, 'href': x}], x, x, 2, x) }}{{ ui.spark([1, 2], x) }}",
    "{{ ui.trend([(x, 1.0, x), (x, none, x), (x, 3.0, x)], x, 2.0, x, x, x) }}{{ ui.spans([{'label': x, 'value': 2, 'low': 1, 'high': 3, 'text': x, 'href': x, 'note': x}], x, 2.5, x) }}",
    "{{ ui.plan([{'key': x, 'label': x, 'points': [[0, 0], [9, 0], [9, 9]], 'href': x, 'count': 2, 'note': x}], x) }}",
    "{{ ui.plan([{'key': x, 'label': x, 'points': [[0, 0], [9, 0], [9, 9]]}], x, x, x) }}",
    (
        "{% call(row) ui.table([{'label': x, 'sort': x}], [x], x, x) %}{{ ui.cell(x, text=row) }}"
        "{% call ui.cell(x) %}{{ ui.row_link(x, x, x) }}{% endcall %}{% endcall %}"
    ),
    (
        "{% call ui.filters(x, x, 1, x, x) %}{{ ui.select(x, x, [(x, x)], x) }}"
        "{{ ui.input(x, x, x, hint=x, error=x, placeholder=x) }}{% endcall %}"
    ),
    "{{ ui.pager(x, x, x) }}{{ ui.exports([(x, x)], 3) }}{{ ui.search(x, x, x, placeholder=x) }}{{ ui.ask(x, x) }}",
    (
        "{{ ui.button(x, name=x, value=x) }}{{ ui.link_button(x, x) }}"
        "{{ ui.post_button(x, x, '', fields={x: x}, confirm=x) }}{{ ui.version(x) }}"
    ),
    "{{ ui.error_summary(form) }}{{ ui.fields(form) }}{{ ui.choice_cards(form['pick'], {x: x}) }}{{ ui.rated(form['pick']) }}",
    "{{ ui.papers(x, x, x) }}{{ ui.camera(x, x, x) }}{{ ui.paper_kinds() }}",
    "{{ ui.attachments([{'name': x, 'href': x}]) }}{{ x|linebreaks }}{{ x|qr }}",
]


@pytest.mark.parametrize("source", CALLS)
def test_hostile_text_stays_text(env: Environment, source: str) -> None:
    html = draw(env, source, x=HOSTILE, form=Sample({"text": HOSTILE * 3, "pick": HOSTILE + "!"}))
    tags = Tags()
    tags.feed(html)
    assert "script" not in tags.names
    assert "onload" not in tags.attributes
    assert "style" not in tags.attributes


def test_every_component_is_tried_with_hostile_text(env: Environment) -> None:
    tried = "".join(CALLS)
    drawn_by_others = {
        "corners",  # with a field of the form it writes into
        "figures",
        "buttons",
        "messages",
        "refusal",
        "hidden",
        "count",
        "icon_names",
        "field",
        "textarea",
        "radios",
        "checkboxes",
        "checkbox",
        "file",
    }
    ui: Any = env.globals["ui"]
    assert {name for name in ui.names() if f"ui.{name}(" not in tried} == drawn_by_others


def test_the_strip_marks_what_is_done_now_and_to_come(env: Environment) -> None:
    html = draw(env, "{{ ui.strip(stages, 4) }}", stages=STAGES)
    assert (html.count('class="done"'), html.count('class="now"'), html.count('class="todo"')) == (3, 1, 3)
    assert 'aria-label="第四步，共七步：办理"' in html
    assert html.count('aria-current="step"') == 1


def test_a_finished_strip_has_nothing_current(env: Environment) -> None:
    html = draw(env, "{{ ui.strip(stages, 8) }}", stages=STAGES)
    assert html.count('class="done"') == 7
    assert "aria-current" not in html


def test_a_field_with_an_error_says_so_to_a_screen_reader(env: Environment) -> None:
    form = Sample({"text": "", "pick": "", "line": ""})
    html = draw(env, "{{ ui.error_summary(form) }}{{ ui.field(form['line']) }}", form=form)
    assert 'aria-invalid="true"' in html
    assert 'id="id_line_error"' in html
    assert 'href="#id_line"' in html


def test_an_unknown_component_is_named(env: Environment) -> None:
    ui: Any = env.globals["ui"]
    with pytest.raises(AttributeError, match="no component is called 'button_bar'"):
        _ = ui.button_bar


def test_a_plan_in_degrees_keeps_its_proportions() -> None:
    lon, lat, size = 104.06, 30.66, 0.001
    square = [(lon, lat), (lon + size / 0.8602, lat), (lon + size / 0.8602, lat + size), (lon, lat + size)]  # cos 30.66° = 0.8602
    made = drawing.plan([drawing.Outline("1", "1 栋", square)])
    numbers = [tuple(map(float, p.split(","))) for p in made.shapes[0].path.strip("MZ").split()]
    wide = max(p[0] for p in numbers) - min(p[0] for p in numbers)
    high = max(p[1] for p in numbers) - min(p[1] for p in numbers)
    assert wide == pytest.approx(high, rel=0.01)


def test_north_is_up_on_a_plan() -> None:
    made = drawing.plan([drawing.Outline("s", "南", [(0, 0), (9, 0), (9, 9)]), drawing.Outline("n", "北", [(0, 50), (9, 50), (9, 59)])])
    places = {shape.key: shape.y for shape in made.shapes}
    assert places["n"] < places["s"]


def test_the_label_of_a_bent_building_lies_within_it() -> None:
    bent = [(0, 0), (80, 0), (80, 12), (12, 12), (12, 80), (0, 80)]
    made = drawing.plan([drawing.Outline("1", "1 栋", bent)])
    ring = [tuple(map(float, p.split(","))) for p in made.shapes[0].path.strip("MZ").split()]
    assert drawing._inside((made.shapes[0].x, made.shapes[0].y), [(p[0], p[1]) for p in ring])


def test_an_empty_plan_still_has_a_sheet() -> None:
    assert drawing.plan([]).shapes == []
    assert drawing.plan([]).height > 0


class _Asked(forms.Form):
    title = forms.CharField(max_length=3)
    seats = forms.IntegerField(min_value=1)
    day = forms.DateField()


@pytest.mark.parametrize(
    ("language", "long", "few", "none"),
    [
        (
            "zh-hans",
            "最多写 3 个字，现在是 5 个，请删短一些。",
            "不能小于 1。",
            "没有这一天，或者写法没看懂。请按“年-月-日”填写，例如 2026-06-30。",
        ),
        (
            "en",
            "At most 3 characters, and there are 5 now: please shorten it.",
            "No less than 1.",
            "There is no such day, or it could not be read.",
        ),
    ],
)
def test_a_field_says_how_to_mend_what_was_typed(language: str, long: str, few: str, none: str) -> None:
    with translation.override(language):
        said = _Asked({"title": "太长的标题", "seats": "0", "day": "2026-02-30"}).errors
        assert [said["title"][0], said["seats"][0]] == [long, few]
        assert said["day"][0].startswith(none)
        assert "必填" not in str(_Asked({}).errors)
