"""Of personal details in every way people write them nearly none can be read in public, and ordinary words are left alone."""

import re
import unicodedata
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.lib.masking import details, scrub
from tests.lib.made_details import HAN, YAO, made

FIGURES = str.maketrans("٠١٢٣٤٥٦٧٨٩〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "0123456789" + "00123456789" + "1" + "123456789")


def readable(text: str, *, figures: bool) -> str:
    """What a reader could put together: one width, no separators, Chinese numerals as figures where numbers are looked for."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\s\-—.·•・‧()\u200b_]+", "", plain.translate(FIGURES) if figures else plain)


def test_of_all_formats_nearly_none_survives() -> None:
    met, hidden, forms = Counter[str](), Counter[str](), set()
    for one in made(seed=11, each=6):
        figures = one.kind in ("phone", "rin", "bank_card")
        out = readable(scrub(one.text).text, figures=figures)
        met[one.kind] += 1
        forms.add((one.kind, one.form))
        hidden[one.kind] += readable(one.secret, figures=figures) not in out
    shares = {kind: hidden[kind] / met[kind] for kind in met}

    assert len(forms) > 130 and HAN != YAO
    assert sum(hidden.values()) / sum(met.values()) >= 0.98, shares
    assert min(shares.values()) >= 0.97, shares


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("联系人：王小明，有事请说", "联系人：王**，有事请说"),
        ("欧阳小明先生没有回话", "欧阳**先生没有回话"),
        ("村民罗乔云、唐文金、唐威都在", "村民罗**、唐**、唐*都在"),
        ("楼下的阿依古丽·买买提也知道", "楼下的阿*******也知道"),
        ("请处理。\n王小明\n2026年3月1日", "请处理。\n王**\n2026年3月1日"),
        ("芳草苑3栋2单元501室漏水", "芳草苑3栋****漏水"),
        ("微信号wang_2026", "微信号********"),
        ("身份证110105 491231 002", "身份证***************"),
    ],
)
def test_names_doors_accounts_and_old_numbers_are_shortened(text: str, clean: str) -> None:
    assert scrub(text).text == clean
    assert scrub(clean).text == clean


@pytest.mark.parametrize(
    "text",
    [
        "业主强烈要求解决高空抛物",
        "周书记您好，王先生说过这事",
        "万科·金域华府的业主方便吗",
        "居民常年反映，村民向政府反映",
        "小区共1269户业主，44栋724户",
        "请到党群服务中心201室领取，地点是居委会二楼会议室302室",
        "3栋2单元的灯坏了，二楼也暗",
        "我们该何去何从，谢谢。",
        "黄土路和马路上的车辆，白天方圆十里",
        "负责人说安排方案，经理高度重视",
        "二〇二六年三月，一二三四五",
        "物业费2.5元，共1234.50元，每月12-1500元",
    ],
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert scrub(text) == (text, [])


def test_who_is_named_on_purpose_stays_named_and_numbers_do_not() -> None:
    assert scrub("当选委员：王小明，电话13812345678", named=True) == ("当选委员：王小明，电话***********", ["phone"])


@settings(max_examples=80)
@given(st.text(alphabet="王小明先生联系人：李欧阳·3栋2单元501室138 12345678\n，。的川A微信abc", max_size=60))
def test_details_stand_in_order_without_overlap_and_are_gone_after(text: str) -> None:
    found = details(text)

    assert all(a.end <= b.start for a, b in pairwise(found))
    clean, _kinds = scrub(text)
    assert details(clean) == []
