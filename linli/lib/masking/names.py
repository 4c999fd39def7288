"""
Names of people inside free text: found by what stands around them, never by a guess at a bare word.

A name is taken where something says that one comes ("联系人", "我叫", "业主"), where a title or a telephone number follows it, where it signs
the text, where it stands in a row with one that was found, or again later in the same text. A name of two characters and more that is a
common word is no name. Names with a dot between them (阿依古丽·买买提) are told from names of estates by their characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from linli.lib.cutting import words
from linli.lib.masking.detail import Detail
from linli.lib.masking.fields import mask_name
from linli.lib.masking.surnames import COMPOUND, SINGLE

_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff"
_SURNAME: Final = rf"(?:{'|'.join(sorted(COMPOUND))}|[{''.join(sorted(SINGLE))}])"
# Characters that no given name has, since they only join or count, or name offices and places.
_NEVER: Final = "到总床已谢去两几的了吗呢吧啊是在和与或不没我你您他她它们这那哪被把将从向给对以而但因所也都就还又很最之其及等着过个些么什怎每各某该此谁什吃喝说问请让使叫做当并且则却只仅可能会要想该须局委区县镇乡村办厂组监室号栋楼元年月日时分钱万亿块斤吨米路街道桥站店铺校院所队部厅处科股党政府车房门窗路灯水电气管网险费款税资价租售买卖证件书信记任长员工民众人民业主户口"
_GIVEN: Final = rf"(?!先生|女士|小姐|老师|师傅|同志|阿姨)(?:(?![{_NEVER}])[{_HAN}]){{1,2}}"
_NAME: Final = rf"(?:{_SURNAME}{_GIVEN})"
_GAP: Final = r"[\s　]*[:：为是叫，,（(\-—]?[\s　]*"

_SURE: Final = (
    "姓名|名字|我叫|名叫|叫做|真实姓名|联系人|联络人|投诉人|举报人|反映人|申请人|申诉人|上访人|信访人|请求人|控告人|报告人|求助人|来信人|当事人|经办人|承办人|受害人|死者|伤者|患者|户主|"
    "法定代表人|法人代表|法人|代理人|委托人|监护人|被告|原告|肇事者|聯繫人|聯絡人|投訴人|收件人|签名|签字人|落款"
)
_LIKELY: Final = (
    "业主|居民|村民|住户|邻居|租户|租客|房东|老板|老板娘|书记|支书|主任|副主任|局长|副局长|镇长|副镇长|乡长|副乡长|村长|组长|队长|经理|总经理|董事长|负责人|老人|丈夫|妻子|老公|老婆|儿子|女儿|"
    "父亲|母亲|爸爸|妈妈|爷爷|奶奶|外公|外婆|哥哥|弟弟|姐姐|妹妹|长子|次子|长女|次女|爱人|司机|医生|老师|校长|同志|会计|承包商|包工头|叔叔|姑姑|舅舅|阿姨|儿媳|女婿|孙子|孙女|嫂子|同学|学生|"
    "工人|员工|职工|保安|本人|我是|农民|网格员|楼长|委员|站长|所长|院长|民警|律师|业主代表|村干部|网民|市民|師傅|太太|鄰居|業主"
)
_TITLES: Final = (
    "先生|女士|小姐|太太|夫人|老师|医生|大夫|护士|同志|师傅|阿姨|大爷|大妈|大娘|大叔|大伯|奶奶|爷爷|叔叔|老人|书记|副书记|支书|主任|副主任|局长|副局长|处长|科长|镇长|副镇长|县长|副县长|市长|副市长|"
    "区长|副区长|乡长|副乡长|村长|社长|校长|副校长|园长|院长|所长|队长|站长|组长|经理|老板|律师|会计|警官|法官|主席|委员|楼长|网格员|保安|司机|主管|同学|教授|工程师|小朋友|宝宝|師傅|老師|醫生|經理|書記|主管"
)
# What may follow a name at once.
_AFTER: Final = (
    r"(?=$|[^\u3400-\u4dbf\u4e00-\u9fff]|[的在是和与及等说系现男女称于因向对把被有到来已住家之们我他她您你这那所将从给为以也就还又请要曾常并且没不经同跟当让由找去做做打开任兼先后自一两二三四五六七八九十]|"
    rf"(?:{_TITLES}|反映|投诉|举报|申请|电话|手机|身份证|先生|女士|夫妇|夫妻|一家|老人|出生|购买|居住|户籍|工作|表示|认为|承包|非法|强占|家里|本人|身份))"
)
_LEAD_IN: Final = (
    "村民|居民|业主|住户|老师|医生|书记|主任|局长|经理|社区|公司|医院|学校|街道|同事|邻居|法人|员工|司机|老板|其中|例如|比如|包括"
)
_BEFORE: Final = (
    rf"(?:(?<![{_HAN}])|(?<=[的和与由是有为叫被把向对给找请经以让跟同及长])|(?<={_LEAD_IN})|(?<=负责人|派出所|居委会|村委会|业委会))"
)

_AFTER_SIGN: Final = re.compile(rf"(?P<sign>{_SURE}|{_LIKELY}|我是[^，。！\n]{{1,12}}的){_GAP}(?P<name>{_NAME}){_AFTER}")
_SHORT_AFTER_SIGN: Final = re.compile(rf"(?P<sign>{_SURE}|{_LIKELY}){_GAP}(?P<name>{_SURNAME}(?![{_NEVER}])[{_HAN}]){_AFTER}")
_BEFORE_TITLE: Final = re.compile(rf"(?P<name>{_NAME})(?=[\s　]?(?:{_TITLES}))")
_BEFORE_NUMBER: Final = re.compile(
    rf"{_BEFORE}(?P<name>{_NAME})(?=[\s　,，:：、（(]{{0,3}}(?:男|女)?[\s　,，:：、]{{0,2}}(?:联系)?(?:电话|手机号?码?|手机|身份证号?码?|身份证|号码|tel|TEL)?[\s　:：是为（(]{{0,3}}(?:[0-9０-９+＋]{{5}}|\*{{5}}))"
)
_SIGNS_OFF: Final = re.compile(
    rf"(?:(?<=[\s　。！!，,：:；;])|(?<=敬礼)|(?<=敬上)|(?<=此致)|(?<=谢谢))(?P<name>{_NAME})(?=[\s　]*(?:[12][09][0-9]{{2}}|\*{{4,}}|[0-9]{{1,2}}月)[^\n]{{0,20}}$|[ 　]*(?:敬上|叩上|呈上|谨呈|拜上|上)?[ 　。]*$)",
    re.MULTILINE,
)
_NEXT: Final = re.compile(rf"[、，,和与及/\s　]{{1,2}}(?P<name>{_NAME})(?=$|[^{_HAN}]|[的在是和与及等说家两二三四五六都均也共就])")
_FOREIGN: Final = "明兰努吾金逊不都则肉祖农默罕仙日别什赫叶斯夏代比盖宁阿艾埃安奥巴拜班买麦迈穆努帕排普齐热萨赛莎沙谢苏塔提土吐图托外乌西亚伊衣依玉约再扎孜尔古丽力江木娜汗合哈海吉加居卡开克肯库拉来莱里利鲁罗洛马玛曼米莫姆那纳尼诺其恰萨山斯丹德迪丁多朵娃旺央措卓玛次仁扎西达瓦顿珠白平桑格桑嘎热尖贡布嘉措才让洛桑罗布旦增德吉格茸甲巴尕藏买买"
_FOREIGN_RUN: Final = re.compile(rf"(?P<name>[{_FOREIGN}]{{2,8}}(?:[·•・‧][{_FOREIGN}]{{2,8}}){{1,3}})")
_ANY_DOTTED: Final = re.compile(rf"(?P<name>[{_HAN}]{{2,7}}(?:[·•・‧][{_HAN}]{{2,8}}){{1,3}}){_AFTER}")
_DOTTED_SIGN: Final = re.compile(rf"(?:{_SURE}|{_LIKELY}){_GAP}$")
_TITLE: Final = re.compile(rf"[\s　]?(?:{_TITLES})")
_LATIN_SIGN: Final = re.compile(rf"(?:{_SURE}){_GAP}(?P<name>[A-Z][a-z]+(?:\s[A-Z][a-z]+){{1,3}})")

_STANDS_ALONE: Final = re.compile(rf"{_BEFORE}[{_HAN}]{{2}}{_AFTER}")

_COMMON: Final = 24  # met so often in the list of words, a would-be name is a word
_WORD: Final = 200
_USUAL: Final = 2048
_ESTATE: Final = re.compile(r"(?:小区|花园|广场|公寓|大厦|国际|新城|华府|家园|山庄|苑|城|府|湾|郡|轩|阁|里)$")


def names(view: str) -> Iterator[Detail]:
    """The names in a text (its `digit_view`), in no order; the same stretch may come twice."""
    found: dict[str, None] = {}
    for start, end in _places(view):
        found[view[start:end]] = None
        yield _detail(view, start, end)
    for name in found:
        at = view.find(name)
        while at >= 0:
            if len(name) > 2 or _STANDS_ALONE.match(view, at):
                yield _detail(view, at, at + len(name))
            at = view.find(name, at + len(name))


def _detail(view: str, start: int, end: int) -> Detail:
    name = view[start:end]
    first, dot, _rest = name.partition("·")
    return Detail(start, end, "name", first[:1] + "*" * (len(name) - 1) if dot else mask_name(name))


def _places(view: str) -> Iterator[tuple[int, int]]:
    for sign in (_AFTER_SIGN, _SHORT_AFTER_SIGN):
        for m in sign.finditer(view):
            if _is_name(view, *m.span("name"), sure=m.group("sign") in _SURE_SET):
                yield from _in_a_row(view, *m.span("name"))
    for sign in (_BEFORE_TITLE, _BEFORE_NUMBER, _SIGNS_OFF):
        for m in sign.finditer(view):
            if sign is _BEFORE_TITLE and not _begins_here(view, m.start("name")):
                continue
            if _is_name(view, *m.span("name"), sure=sign is not _BEFORE_TITLE):
                yield from _in_a_row(view, *m.span("name"))
    for m in _FOREIGN_RUN.finditer(view):
        if not _ESTATE.search(m.group("name")):
            yield m.span("name")
    for m in _ANY_DOTTED.finditer(view):
        if _DOTTED_SIGN.search(view[max(0, m.start() - 12) : m.start()]) or _TITLE.match(view, m.end()):
            yield m.span("name")
    for m in _LATIN_SIGN.finditer(view):
        yield m.span("name")


_SURE_SET: Final = frozenset(_SURE.split("|"))


def _in_a_row(view: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A name, and those that follow it in a row (贺良、陈勇国)."""
    yield start, end
    while (m := _NEXT.match(view, end)) and _is_name(view, *m.span("name"), sure=False):
        start, end = m.span("name")
        yield start, end


_STARTS: Final = re.compile(_BEFORE)


def _begins_here(view: str, at: int) -> bool:
    """Whether a word may begin here: after a mark, a joining word, or a known word of two characters."""
    if _STARTS.match(view, at):
        return True
    known = words()
    return known.met(view[max(0, at - 2) : at]) >= _COMMON and known.met(view[at - 1 : at + 1]) < _COMMON


# Family names that are oftener a word of their own in a sentence (向物业, 于昨天, 任何): what follows them must be no common word.
_DOUBTFUL: Final = frozenset("曾向于常何童钱易任单成明计查解安关高万左占谈席项路包商施管时申章经段江全苑麻强")


def _is_name(view: str, start: int, end: int, *, sure: bool) -> bool:
    """No common word, and not the beginning of one (强烈, 高空, 方便), nor its last character the beginning of the next (王小 明天)."""
    name = view[start:end]
    known = words()
    if name[:2] in COMPOUND:
        return True
    doubtful = name[0] in _DOUBTFUL
    after = view[end : end + 1]
    if len(name) == 2 and doubtful and name[1] in SINGLE:
        return False  # 向周主任 反映
    if sure and not "\u4e00" <= after <= "\u9fff" and known.met(name) < _USUAL and (not doubtful or known.met(name[:2]) < _COMMON):
        return True
    if known.met(name) >= _COMMON or (len(name) > 2 and known.met(name[:2]) >= _COMMON * (1 if doubtful else 4)):
        return False
    if len(name) > 2 and doubtful and known.met(name[1:]) >= _WORD:
        return False
    joined = known.met(view[end - 1 : end + 1])
    if len(name) == 2:
        return joined < _COMMON or (name[0] not in _DOUBTFUL and joined < _USUAL)
    return joined < 60 * _COMMON
