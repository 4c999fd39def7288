"""Official codes are accepted in every form people paste, and refused with how to mend them."""

import csv
import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.lib import codes
from linli.lib.codes import CodeError

STREETS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "divisions_cn" / "streets.csv.gz"


def refusal(check: Callable[[str], str], text: str) -> str:
    with pytest.raises(CodeError) as caught:
        check(text)
    assert caught.value.text_zh
    assert caught.value.text_en
    assert len(text) < 9 or text not in caught.value.text_zh
    return caught.value.code


@pytest.mark.parametrize(
    "rin",
    ["11010519491231002X", "440524188001010014", "11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ", " 110105 19491231 002X "],
)
def test_valid_identity_numbers_become_canonical(rin: str) -> None:
    assert codes.check_rin(rin) in {"11010519491231002X", "440524188001010014"}


def test_birth_date_and_sex_are_read() -> None:
    assert codes.rin_birth_date("11010519491231002X") == date(1949, 12, 31)
    assert codes.rin_sex("11010519491231002X") == "female"
    assert codes.rin_sex("440524188001010014") == "male"


@pytest.mark.parametrize(
    ("rin", "code"),
    [
        ("1101051949123100", "length"),
        ("110105491231002", "length"),
        ("", "length"),
        ("1101051949123100AX", "characters"),
        ("11010519491231X02X", "characters"),
        ("010105194912310026", "region"),
        ("110105194902300025", "birth_date"),
        ("110105194913310025", "birth_date"),
        ("110105000012310025", "birth_date"),
        ("110105194912310021", "check_digit"),
    ],
)
def test_wrong_identity_numbers_are_refused_with_the_reason(rin: str, code: str) -> None:
    assert refusal(codes.check_rin, rin) == code


def valid_rin(region: str, born: date, order: int) -> str:
    body = f"{region}{born:%Y%m%d}{order:03d}"
    weights = [2 ** (18 - place) % 11 for place in range(1, 18)]
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


rins = st.builds(
    valid_rin,
    st.sampled_from(["110105", "510107", "440524", "810000", "933302"]),
    st.dates(date(1900, 1, 1), date(2025, 1, 1)),
    st.integers(0, 999),
)


@given(rins)
def test_every_number_made_by_the_standard_is_accepted(rin: str) -> None:
    assert codes.check_rin(rin) == rin


@given(rins, st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_is_noticed(rin: str, place: int, step: int) -> None:
    wrong = rin[:place] + str((int(rin[place]) + step) % 10) + rin[place + 1 :]

    with pytest.raises(CodeError):
        codes.check_rin(wrong)


@given(st.text(max_size=24))
def test_no_text_breaks_the_checks(text: str) -> None:
    for check in (codes.check_rin, codes.check_uscc, codes.check_division_code, codes.check_mobile, codes.check_phone):
        try:
            assert check(text).isascii()
        except CodeError as refused:
            assert refused.code in {"length", "characters", "region", "birth_date", "check_digit"}


@pytest.mark.parametrize("uscc", ["91350100M000100Y43", "91110000600037341L", "91110000600037341l"])
def test_valid_credit_codes_are_accepted(uscc: str) -> None:
    assert codes.check_uscc(uscc) == uscc.upper()


@pytest.mark.parametrize(
    ("uscc", "code"),
    [
        ("91350100M000100Y4", "length"),
        ("91350100M000100I43", "characters"),
        ("91990100M000100Y43", "region"),
        ("91350100M000100Y44", "check_digit"),
    ],
)
def test_wrong_credit_codes_are_refused_with_the_reason(uscc: str, code: str) -> None:
    assert refusal(codes.check_uscc, uscc) == code


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("110000000000", "province", None),
        ("510100000000", "city", "510000000000"),
        ("510107000000", "district", "510100000000"),
        ("510107001000", "street", "510107000000"),
        ("510107001003", "community", "510107001000"),
        ("441900003000", "street", "441900000000"),
    ],
)
def test_divisions_know_their_level_and_parent(code: str, level: str, parent: str | None) -> None:
    assert codes.division_level(code) == level
    assert codes.parent_division(code) == parent


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("510107", "length"),
        ("51010700100A", "characters"),
        ("990000000000", "region"),
        ("510000001000", "region"),
        ("510107000001", "region"),
    ],
)
def test_wrong_division_codes_are_refused_with_the_reason(text: str, code: str) -> None:
    assert refusal(codes.check_division_code, text) == code


@pytest.mark.skipif(not STREETS.is_file(), reason="no division list beside the repository")
def test_every_published_street_is_a_street() -> None:
    with gzip.open(STREETS, "rt", encoding="utf-8") as file:
        rows = [row["code"].ljust(12, "0") for row in csv.DictReader(file)]
    wrong = [code for code in rows if codes.division_level(code) != "street"]
    assert len(rows) > 30_000
    assert wrong == ["350527000000"]  # Kinmen stands in the list as its own county


@pytest.mark.parametrize(
    "mobile", ["13812345678", "+86 138 1234 5678", "0086-138-1234-5678", "8613812345678", "１３８１２３４５６７８", "013812345678"]
)
def test_mobiles_are_accepted_as_pasted(mobile: str) -> None:
    assert codes.check_mobile(mobile) == "13812345678"
    assert codes.check_phone(mobile) == "13812345678"


@pytest.mark.parametrize(
    ("text", "code"),
    [("1381234567", "length"), ("12812345678", "region"), ("1381234567八", "characters"), ("+1 202 555 0101", "characters")],
)
def test_wrong_mobiles_are_refused_with_the_reason(text: str, code: str) -> None:
    assert refusal(codes.check_mobile, text) == code


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("028-85551234", "02885551234"),
        ("(028) 8555 1234", "02885551234"),
        ("+86 28 8555 1234", "02885551234"),
        ("0831-2345678", "08312345678"),
        ("400-123-4567", "4001234567"),
        ("95588", "95588"),
    ],
)
def test_landlines_and_service_numbers_become_digits(text: str, digits: str) -> None:
    assert codes.check_phone(text) == digits


@pytest.mark.parametrize(("text", "code"), [("85551234", "region"), ("12812345678", "region"), ("123", "length"), ("", "characters")])
def test_wrong_phones_are_refused_with_the_reason(text: str, code: str) -> None:
    assert refusal(codes.check_phone, text) == code
