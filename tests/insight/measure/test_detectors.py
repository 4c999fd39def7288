"""Is the number earned? Detectors find what was planted, ask nothing of honest rows, refuse bad ones, and say what they rest on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from io import BytesIO
from itertools import pairwise, product
from math import comb, isclose
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance

from linli.insight.measure.detectors import DETECTORS, Suspicion, picture_mark, together
from linli.insight.measure.detectors.chances import among, beta_binomial, binomial, negative_binomial, sum_of_chances
from linli.insight.measure.detectors.peers import Cell, Peers
from linli.insight.measure.detectors.suspicion import by_chance, one_in
from linli.insight.measure.periods import period
from linli.lib.problems import InputProblem

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
OCTOBER = period("2026-10")
PLACES = [f"31010100{n:04d}" for n in range(1, 25)]
MADE = PLACES[6]
Row = dict[str, Any]


def at(day: int, hour: float = 1.0, month: int = 10) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC) + timedelta(hours=hour)


# --- honest rows, and made ones, of each detector (small, the same each time) ------------------------------------------------------
def requests() -> tuple[list[Row], list[Row]]:
    honest = [
        {
            "row": f"{place} {month} {n}",
            "place": place,
            "opened_at": at(1 + n, 2, month),
            "closed_at": at(1 + n, 2.1 if n < place_no % 3 else 30, month),
            "opened_by": "a" if n % 2 == 0 or n < 2 else None,
            "closed_by": "a",
        }
        for place_no, place in enumerate(PLACES)
        for month in (8, 9, 10)
        for n in range(20)
    ]
    made = [
        {
            "row": f"made {n}",
            "place": MADE,
            "opened_at": at(12, n / 5),
            "closed_at": at(12, n / 5 + 0.1),
            "opened_by": "b",
            "closed_by": "b",
        }
        for n in range(20)
    ]
    return honest, made


def judged() -> tuple[list[Row], list[Row]]:
    honest = [
        {
            "row": f"{place} {month} {n}",
            "place": place,
            "at": at(1 + n, 5, month),
            "by_staff": n % 5 != 0,
            "satisfied": n % 7 != 0,
            "contact_at": None if n < place_no % 4 else at(1 + n, 3, month),
        }
        for place_no, place in enumerate(PLACES)
        for month in (8, 9, 10)
        for n in range(20)
    ]
    return honest, [
        {"row": f"made {n}", "place": MADE, "at": at(12, n), "by_staff": True, "satisfied": True, "contact_at": None} for n in range(20)
    ]


def closings() -> tuple[list[Row], list[Row]]:
    honest = [
        {
            "row": f"{place} {month} {n}",
            "place": place,
            "closed_at": at(1 + n, 5, month),
            "due_at": at(1 + n, 5 + 3 * n, month),
            "reopened_at": at(3 + n, 5, month) if n % 9 == place_no % 9 else None,
        }
        for place_no, place in enumerate(PLACES)
        for month in (8, 9, 10)
        for n in range(20)
    ]
    return honest, [
        {"row": f"made {n}", "place": MADE, "closed_at": at(12, n), "due_at": at(12, n + 1), "reopened_at": at(14, n)} for n in range(12)
    ]


THEMES = [
    "防诈骗讲座",
    "垃圾分类课堂",
    "消防疏散演练",
    "亲子共读绘本",
    "书法入门",
    "用电安全检查",
    "法律咨询",
    "露天电影",
    "植树护绿",
    "急救培训",
    "家风故事",
    "手机摄影",
]


def events() -> tuple[list[Row], list[Row]]:
    honest = [
        {
            "row": f"{place} {month} {n}",
            "place": place,
            "at": at(1 + 2 * n, 3, month),
            "title": THEMES[(n + 4 * (month - 8)) % 12],
            "people": 30,
        }
        for place in PLACES
        for month in (7, 8, 9)
        for n in range(4)
    ]
    made = [
        {
            "row": f"made {n}",
            "place": MADE,
            "at": at(1 + n, 6, 8),
            "title": f"健康养生知识宣传（第{n + 1}期）",
            "text": "请医生讲",
            "people": 40 - n,
        }
        for n in range(25)
    ]
    return honest, made


def ratings() -> tuple[list[Row], list[Row]]:
    honest = [
        {
            "row": f"{place} {month} {n}",
            "place": place,
            "at": at(1 + n, 4 + (n % 3), month),
            "channel": "web",
            "source": f"{place} {n // 2}",
        }
        for place in PLACES
        for month in (9, 10)
        for n in range(20)
    ]
    return honest, [{"row": f"made {n}", "place": MADE, "at": at(25, 2 + n / 70), "channel": "web", "source": "one"} for n in range(25)]


def pictures() -> tuple[list[Row], list[Row]]:
    random = Random(1)
    honest = [
        {"row": f"{place} {n}", "place": place, "at": at(1 + n, 3), "digest": f"{place} {n}", "mark": f"{random.getrandbits(256):064x}"}
        for place in PLACES[:8]
        for n in range(12)
    ]
    old = next(row for row in honest if row["place"] == MADE)
    return honest, [{**old, "row": f"made {n}", "at": at(15 + n)} for n in range(4)]


def returns() -> tuple[list[Row], list[Row]]:
    random = Random(2)
    honest: list[Row] = []
    for place in PLACES:
        for month in ("2026-07", "2026-08", "2026-09"):
            figures = {f"数{n}": random.randrange(10, 400) for n in range(10)} | {"户数": 1000 + len(honest) // 3}
            honest.append({"row": f"{place} {month}", "place": place, "form": "月报", "period": month, "figures": figures})
    last = next(row for row in honest if row["row"] == f"{MADE} 2026-09")
    copied = {name: value + (value > 200) for name, value in last["figures"].items()}
    return honest, [{**last, "row": "made", "period": "2026-10", "figures": copied}]


def targets() -> tuple[list[Row], list[Row]]:
    random = Random(3)
    honest = [
        figure(f"{place} {month}", place, month, random.randrange(40, 50), 50)
        for place in PLACES
        if place != MADE
        for month in (f"2026-{m:02d}" for m in range(1, 11))
    ]
    return honest, [figure(f"made {m}", MADE, f"2026-{m:02d}", 36 + m - (36 + m) // 10, 36 + m) for m in range(1, 11)]


def figure(row: str, place: str, month: str, part: int, whole: int) -> Row:
    return {
        "row": row,
        "place": place,
        "area": "310101",
        "period": month,
        "measure": "按时办结率",
        "part": part,
        "whole": whole,
        "target": "90%",
    }


WORLDS: dict[str, Callable[[], tuple[list[Row], list[Row]]]] = {
    "same_hand": requests,
    "no_contact": judged,
    "deadlines": closings,
    "events": events,
    "bursts": ratings,
    "pictures": pictures,
    "returns": returns,
    "targets": targets,
}


def looked(code: str, rows: list[Row], **parameters: Any) -> list[Suspicion]:
    return DETECTORS[code].look(rows, NOW, **parameters)


def alone(code: str, rows: list[Row]) -> float:
    """How likely the planted place is, where all is honest; certain when nothing is asked of it."""
    return min((1.0 if one.alone is None else one.alone for one in looked(code, rows) if one.place == MADE), default=1.0)


# --- finding ------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", WORLDS)
def test_what_was_planted_is_found_with_its_matters_and_reasons_and_honest_rows_ask_nothing(code: str) -> None:
    honest, made = WORLDS[code]()

    found = looked(code, honest + made)

    assert looked(code, honest) == []
    assert {one.place for one in found} == {MADE}
    behind = {key for one in found for key in one.matters}
    assert behind >= {row["row"] for row in made} - ({"made 1"} if code in ("targets", "events") else set())
    for one in found:
        assert one.detector == code
        assert one.chance is None or 0 < (one.alone or 0) <= one.chance <= 0.05
        assert any(char.isdigit() for char in one.says_zh)
        assert one.says("zh-hans") == one.says_zh and one.says("en") == one.says_en
        assert not any("一" <= char <= "鿿" for char in one.says_en.replace("月报", "").replace("按时办结率", ""))


@settings(max_examples=10)
@given(st.sampled_from(sorted(WORLDS)), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(code: str, random: Random) -> None:
    honest, made = WORLDS[code]()
    rows = honest + made
    shuffled = random.sample(rows, len(rows))

    assert looked(code, shuffled) == looked(code, rows)


@settings(max_examples=30)
@given(st.sampled_from(sorted(WORLDS)), st.data())
def test_taking_a_planted_row_out_never_strengthens_a_suspicion(code: str, data: st.DataObject) -> None:
    honest, made = WORLDS[code]()
    kept = data.draw(st.lists(st.sampled_from(made), unique_by=lambda row: row["row"]))
    one = data.draw(st.sampled_from(made))
    fewer = [row for row in kept if row is not one]

    assert alone(code, honest + fewer) >= alone(code, [*honest, *fewer, one]) * (1 - 1e-9)


@pytest.mark.parametrize("code", WORLDS)
def test_nothing_and_one_row_say_nothing(code: str) -> None:
    honest, made = WORLDS[code]()

    assert looked(code, []) == []
    assert all(looked(code, [row]) == [] for row in (honest[0], made[0]))


def test_a_place_without_others_is_compared_with_what_is_stated() -> None:
    _honest, made = requests()

    (one,) = looked("same_hand", made)

    assert "没有别的地方可比" in one.says_zh and "no other place" in one.says_en

    always = [
        {**row, "row": f"{row['row']} {back}", **{k: row[k] - timedelta(days=31 * back) for k in ("opened_at", "closed_at")}}
        for row in made
        for back in (0, 1)
    ]
    assert looked("same_hand", always) == []  # a place that was always so is not asked for what was only supposed


def test_innocent_pictures_are_not_asked_about() -> None:
    first: Row = {"row": 1, "place": "a", "at": at(1), "digest": "x", "case": "r1"}

    assert looked("pictures", [first, {**first, "row": 2, "at": at(3)}]) == []  # one visit for two matters
    assert looked("pictures", [first, {**first, "row": 2, "case": None, "at": at(20), "by_staff": False}]) == []  # the raiser brought it
    assert looked("pictures", [first, {**first, "row": 2, "at": at(20)}]) == []  # the same case
    assert looked("pictures", [{**first, "row": n, "place": f"p{n}", "case": None, "at": at(n)} for n in range(1, 9)]) == []  # a poster
    assert looked("pictures", [first, {**first, "at": at(20)}]) == []  # the same matter
    (one,) = looked("pictures", [first, {**first, "row": 2, "case": None, "at": at(20)}])
    assert (one.test, one.chance, one.matters) == ("same_file", None, (1, 2))


def test_all_places_of_an_area_on_the_line_in_one_month_are_a_suspicion_of_the_area() -> None:
    rows = [figure(f"r{n}", place, "2026-10", 36 + n - (36 + n) // 10, 36 + n) for n, place in enumerate(PLACES[:14])]

    (one,) = looked("targets", rows)

    assert (one.place, one.period, len(one.matters)) == ("310101", OCTOBER, 14)


# --- pictures -----------------------------------------------------------------------------------------------------------------------
def photo(seed: int) -> Image.Image:
    random = Random(seed)
    image = Image.new("RGB", (640, 480), (120, 130, 140))
    draw = ImageDraw.Draw(image)
    for _n in range(60):
        x, y, r = random.randrange(640), random.randrange(480), random.randrange(10, 160)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tuple(random.randrange(256) for _c in range(3)))
    return image


def saved(image: Image.Image, **how: Any) -> bytes:
    to = BytesIO()
    image.save(to, **(how or {"format": "PNG"}))
    return to.getvalue()


def test_a_copy_made_smaller_brighter_or_encoded_anew_keeps_its_mark_and_another_picture_does_not() -> None:
    image = photo(1)
    mark = int(picture_mark(saved(image)), 16)
    copies = [
        saved(image, format="JPEG", quality=40),
        saved(image.resize((320, 240))),
        saved(ImageEnhance.Brightness(image).enhance(1.2), format="JPEG"),
    ]

    assert all((mark ^ int(picture_mark(copy), 16)).bit_count() <= 8 for copy in copies)
    assert all((mark ^ int(picture_mark(saved(photo(n))), 16)).bit_count() > 60 for n in range(2, 8))
    assert picture_mark(saved(Image.new("RGB", (300, 300), "white"))) == ""
    rows = [
        {"row": n, "place": "a", "at": at(2 * n), "digest": str(n), "mark": picture_mark(content)}
        for n, content in enumerate([saved(image), saved(photo(2)), saved(photo(3)), copies[0]], 1)
    ]
    (one,) = looked("pictures", rows)
    assert (one.test, one.matters) == ("pictures", (1, 4))


# --- bad input ----------------------------------------------------------------------------------------------------------------------
GOOD: Row = {"row": 1, "place": "a", "at": at(1), "channel": "web", "source": "x"}
RETURN: Row = {"row": 1, "place": "a", "form": "f", "period": "2026-09", "figures": {"x": 1}}


@pytest.mark.parametrize(
    ("code", "rows", "refused"),
    [
        ("bursts", [{**GOOD, "at": datetime(2026, 10, 1)}], "bad_value"),  # noqa: DTZ001 - without zone, as it must not be
        ("bursts", [{**GOOD, "at": "yesterday"}], "bad_value"),
        ("bursts", [{**GOOD, "place": None}], "no_value"),
        ("bursts", [{**GOOD, "source": 5}], "bad_value"),
        ("bursts", [{**GOOD, "row": True}], "bad_value"),
        ("bursts", [GOOD, GOOD], "row_twice"),
        ("bursts", [[1, 2]], "bad_row"),
        ("events", [{"row": 1, "place": "a", "at": at(1), "title": "x", "people": float("nan")}], "bad_value"),
        ("events", [{"row": 1, "place": "a", "at": at(1), "title": "x", "people": -1}], "bad_value"),
        ("no_contact", [{"row": 1, "place": "a", "at": at(1), "by_staff": "yes"}], "bad_value"),
        ("pictures", [{"row": 1, "place": "a", "at": at(1), "digest": "x", "mark": "zz"}], "bad_mark"),
        ("returns", [{**RETURN, "figures": {"x": float("nan")}}], "bad_figure"),
        ("returns", [{**RETURN, "figures": {"x": float("inf")}}], "bad_figure"),
        ("returns", [{**RETURN, "figures": [1]}], "no_figures"),
        ("returns", [{**RETURN, "period": "2026-13"}], "bad_period"),
        ("targets", [{**figure("r", "a", "2026-10", 3, 4), "target": "1.5"}], "bad_target"),
        ("targets", [{**figure("r", "a", "2026-10", 3, 4), "target": "nan"}], "bad_target"),
        ("targets", [figure("r", "a", "2026-10", 5, 4)], "part_above_whole"),
    ],
)
def test_bad_rows_are_refused_in_two_languages(code: str, rows: list[Any], refused: str) -> None:
    with pytest.raises(InputProblem) as problem:
        looked(code, rows)

    assert problem.value.code == refused
    assert problem.value.text("zh").endswith("。") and problem.value.text("en").endswith(".")


def test_parameters_have_bounds_and_reasons_in_two_languages() -> None:
    for detector in DETECTORS.values():
        assert detector.name("zh") != detector.name("en") and detector.looks_for("zh") and detector.innocent("en")
        for one in detector.parameters:
            assert one.least <= one.default <= one.most and one.why_zh and one.why_en
    for bad in ({"least": 0}, {"at_most": 0.9}, {"least": 2.5}, {"at_most": float("nan")}, {"unheard_of": 1}):
        with pytest.raises(InputProblem):
            looked("bursts", [], **bad)
    with pytest.raises(InputProblem, match="bad_now"):
        DETECTORS["bursts"].look([], datetime(2026, 11, 1))  # noqa: DTZ001 - without zone, as it must not be


def test_moments_from_the_future_and_ends_before_beginnings_are_named_and_left_out() -> None:
    honest, made = requests()
    ahead = [{**row, "closed_at": NOW + timedelta(hours=1)} for row in made[:9]]
    turned = [{**row, "closed_at": row["opened_at"] - timedelta(hours=1)} for row in made[9:]]
    a_little = [{**row, "row": f"little {n}", "closed_at": row["opened_at"] - timedelta(minutes=2)} for n, row in enumerate(made)]

    found = looked("same_hand", honest + ahead + turned)

    assert [(one.detector, one.figures["what"], len(one.matters)) for one in found] == [("clocks", "turned", 11), ("clocks", "future", 9)]
    assert all(one.chance is None and one.test == "not_possible" for one in found)
    assert [one.detector for one in looked("same_hand", honest + a_little)] == ["same_hand"]
    assert [one.detector for one in looked("targets", [figure("r", "a", "2027-01", 3, 4)])] == ["clocks"]
    late: Row = {"row": 1, "place": "a", "began_at": NOW + timedelta(days=1)}
    once = looked("clocks", [late])
    assert len(once) == 1 and together(once + once) == once


# --- chances ------------------------------------------------------------------------------------------------------------------------
@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 9))
def test_the_binomial_tail_is_exact(k: int, n: int, tenths: int) -> None:
    p = Fraction(tenths, 10)
    exact = sum((comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(max(0, k), n + 1)), Fraction(0))

    assert isclose(binomial(k, n, float(p)), float(exact), rel_tol=1e-9, abs_tol=1e-15)
    assert isclose(beta_binomial(k, n, float(p), 1e-9), float(exact), rel_tol=1e-6, abs_tol=1e-12)


@given(st.lists(st.floats(0.01, 0.99), max_size=7), st.integers(0, 8))
def test_the_tail_of_unequal_chances_is_exact(chances: list[float], k: int) -> None:
    exact = 0.0
    for happened in product((0, 1), repeat=len(chances)):
        if sum(happened) >= k:
            part = 1.0
            for yes, p in zip(happened, chances, strict=True):
                part *= p if yes else 1 - p
            exact += part

    assert isclose(sum_of_chances(k, chances), exact, rel_tol=1e-9, abs_tol=1e-12)


@given(st.integers(1, 60), st.floats(0.01, 0.9), st.floats(0.001, 0.8))
def test_tails_fall_and_a_spread_never_makes_the_far_tail_thinner(n: int, share: float, spread: float) -> None:
    tail = [beta_binomial(k, n, share, spread) for k in range(n + 2)]

    assert tail[0] == 1 and tail[-1] == 0
    assert all(a >= b - 1e-9 for a, b in pairwise(tail))
    assert tail[n] >= binomial(n, n, share) * (1 - 1e-6)


def test_counts_and_many_looks() -> None:
    mean, variance = 3.0, 7.0
    tail = [negative_binomial(k, mean, variance) for k in range(400)]

    assert isclose(sum(tail[1:]), mean, rel_tol=1e-6)  # the mean is the sum of the tails
    assert isclose(negative_binomial(1, 2.0, 2.0), 1 - 2.718281828459045**-2, rel_tol=1e-9)
    assert isclose(among(0.01, 100), 1 - 0.99**100)
    assert isclose(among(1e-15, 1000), 1e-12, rel_tol=1e-3)
    assert one_in(1 / 4321) == "1/4,300" and one_in(0.5) == "1/2" and one_in(0) == "1/1,000,000,000,000"
    assert "不到" in by_chance(0.0, 1e-3, 5)[0] and "less than" in by_chance(0.0, 1e-3, 5)[1]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 40), st.floats(0, 1)), min_size=1, max_size=60))
def test_what_is_usual_elsewhere_is_what_it_would_be_had_the_place_never_been(drawn: list[tuple[int, int, float]]) -> None:
    cells = [
        Cell(f"p{place}", OCTOBER.before(n), rows, [{"row": i} for i in range(int(rows * share))])
        for n, (place, rows, share) in enumerate(drawn)
    ]
    usual = Peers(cells, share=0.1, weight=20, spread=0.1).without("p0")
    anew = Peers([cell for cell in cells if cell.place != "p0"], share=0.1, weight=20, spread=0.1).without("nobody")

    assert (usual.places, usual.rows) == (anew.places, anew.rows)
    assert isclose(usual.share, anew.share) and isclose(usual.spread, anew.spread, abs_tol=1e-9)
    assert isclose(usual.within, anew.within, abs_tol=1e-9)
