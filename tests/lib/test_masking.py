"""What a stranger reads never holds a telephone or identity number, however it was written."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linli.lib import masking
from linli.lib.masking import scrub

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
joints = st.sampled_from(["", "", "", " ", "-", "－", "—", "　", ".", "\u200b", " - "])
widths = st.sampled_from([str.maketrans({}), FULL_WIDTH])
around = st.text(alphabet="电话是：，。居民小区abc\n *()", max_size=8)
messy = st.text(alphabet="0123456789１３８ -－()xX@.cm川A·电话一三八\u200b王*", max_size=60)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王小明", "王**"),
        ("王明", "王*"),
        ("欧阳小明", "欧阳**"),
        ("欧阳", "欧*"),
        ("王", "*"),
        ("", ""),
        ("John Smith", "J*** S****"),
        ("王**", "王**"),
    ],
)
def test_names_keep_the_surname(name: str, masked: str) -> None:
    assert masking.mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("13812345678", "138****5678"), ("02885551234", "028****1234"), ("95588", "***88"), ("", ""), ("138****5678", "138****5678")],
)
def test_phones_keep_their_ends(phone: str, masked: str) -> None:
    assert masking.mask_phone(phone) == masked


def test_identity_numbers_hide_the_birth_date() -> None:
    assert masking.mask_rin("11010519491231002X") == "110*************2X"
    assert masking.mask_rin("123") == "***"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("芳草苑3栋2单元501室", "芳草苑3栋****"),
        ("芳草苑３栋２单元５０１室", "芳草苑3栋****"),
        ("芳草街88号院3号楼2单元501", "芳草街88号院3号楼****"),
        ("芳草苑3-2-501", "芳草苑3****"),
        ("芳草苑A座1203", "芳草苑A座****"),
        ("芳草街88号2单元501", "芳草街88号****"),
        ("芳草苑501室", "芳草苑****"),
        ("芳草苑3栋", "芳草苑3栋"),
        ("芳草街88号", "芳草街88号"),
        ("芳草苑", "芳草苑"),
        ("芳草苑3栋****", "芳草苑3栋****"),
    ],
)
def test_addresses_keep_compound_and_building(address: str, masked: str) -> None:
    assert masking.mask_address(address) == masked
    assert masking.mask_address(masked) == masked


def test_mail_keeps_its_host() -> None:
    assert masking.mask_email("wang@example.com") == "w***@example.com"
    assert masking.mask_email("nonsense") == "***"


@pytest.mark.parametrize(
    ("text", "clean", "kinds"),
    [
        ("我的电话13812345678，请回电", "我的电话***********，请回电", ["phone"]),
        ("电话１３８ １２３４－５６７８", "电话***********", ["phone"]),
        ("+86 138-1234-5678", "+*************", ["phone"]),
        ("一三八一二三四五六七八", "***********", ["phone"]),
        ("座机028-85551234", "座机***********", ["phone"]),
        ("物业电话：8555-1234", "物业电话：********", ["phone"]),
        ("身份证11010519491231002X。", "身份证******************。", ["rin"]),
        ("身份证 110105 19491231 002x", "身份证 ******************", ["rin"]),
        ("校验位错的110105194912310021也要遮", "校验位错的******************也要遮", ["rin"]),
        ("卡号6222 0202 0000 1234 560", "卡号*******************", ["bank_card"]),
        ("卡号4111111111111111", "卡号****************", ["bank_card"]),
        ("车牌川A·12345乱停", "车牌川A·*****乱停", ["plate"]),
        ("川AD12345占位", "川A******占位", ["plate"]),
        ("粤Z1234港", "粤Z*****", ["plate"]),
        ("发到wang.x@example.com吧", "发到***@***吧", ["email"]),
        ("护照E12345678", "护照*********", ["id_number"]),
    ],
)
def test_personal_details_are_starred(text: str, clean: str, kinds: list[str]) -> None:
    assert scrub(text) == (clean, kinds)


@pytest.mark.parametrize(
    "text",
    [
        "3栋2单元的灯坏了",
        "2026年2月13日14:30，已停水3天",
        "编号20261122-0001",
        "路灯坏了，从2026-02-13到2026-02-20",
        "请拨打12345或110",
        "新A区12345户",
        "物业费每平方米2.5元，共1234.50元",
        "WiFi 5G信号差",
    ],
)
def test_ordinary_figures_stay(text: str) -> None:
    assert scrub(text) == (text, [])


def surviving(text: str) -> list[str]:
    """Mobile numbers a reader could still put together."""
    joined = re.sub(r"[\s\-—.\u200b]+", "", unicodedata.normalize("NFKC", text))
    return re.findall(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])", joined)


@given(around, mobiles, st.lists(joints, min_size=10, max_size=10), widths, around)
def test_no_mobile_survives(before: str, mobile: str, between: list[str], width: dict[int, str], after: str) -> None:
    written = "".join(digit + joint for digit, joint in zip(mobile, [*between, ""], strict=True)).translate(width)
    clean, kinds = scrub(before + written + after)

    assert surviving(clean) == []
    assert kinds
    assert scrub(clean)[0] == clean


@given(st.lists(mobiles, min_size=2, max_size=5), st.sampled_from([" ", "、", "/", "和", "\n"]))
def test_none_of_several_mobiles_survives(several: list[str], joint: str) -> None:
    assert surviving(scrub(joint.join(several))[0].replace(" ", "、")) == []


@given(messy | st.text())
@example("1378 13812345678 1234567")
@example("川A12345川A12345")
def test_scrubbing_twice_is_scrubbing_once(text: str) -> None:
    clean, _kinds = scrub(text)
    again, found = scrub(clean)

    assert again == clean
    assert found == []


@given(st.text())
def test_text_without_digits_signs_or_plates_is_untouched(text: str) -> None:
    if not any(unicodedata.digit(char, None) is not None or char in "@＠" for char in text) and not re.search(
        "[〇零一二三四五六七八九幺壹]{11}", text
    ):
        assert scrub(text).text == text
