"""
How difficult a request looks: simple, or complex (several bodies, an old story, ownership, money, planning). Only a suggestion.

Source: the documents grade needs as ordinary or complex without saying how (S1 4.3); the signs below are our own and stand with
the suggestion, so that the worker who grades sees what it rests on.
"""

from __future__ import annotations

import re
from typing import Final

from linli.insight.keywords import Suggestion
from linli.lib.texts import fold


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SIGNS: Final = _words(
    "历史遗留 遗留问题 多年 好几年 几年了 长期 一直没有解决 一直没解决 一直没人管 多次反映 反映多次 反映过多次 反复反映 反复出现 互相推诿 推来推去 踢皮球 多个部门 "
    "几个部门 部门之间 权属 产权 归属不清 责任不清 开发商 规划 违建 违章建筑 拆除 征收 拆迁 安置 赔偿 补偿 起诉 诉讼 法院 仲裁 上访 信访 维修资金 维修基金 大修 "
    "更换物业 换物业 业委会 业主大会 公共收益 加装电梯 管网改造 旧改 改造 重建 整栋 整个小区 全小区 所有业主 几十户 上百户 联名 集体 合同纠纷 欠薪 集资 分摊"
)
_SIGN: Final = re.compile("|".join(sorted(map(re.escape, SIGNS), key=len, reverse=True)))


def grade_of(text: str, *, complex_category: str = "") -> Suggestion:
    """
    "complex" or "simple", with the signs: the category's name where such matters usually are complex (empty: they are not), then words.

    One word alone is believed little (0.5); a category of complex matters, or several words, more. Without any sign: simple, 0.6.
    """
    words = tuple(dict.fromkeys(match[0] for match in _SIGN.finditer(fold(text).lower())))[:4]
    signs = ((complex_category,) if complex_category else ()) + words
    if not signs:
        return Suggestion("simple", 0.6, ())
    return Suggestion("complex", min(0.9, (0.7 if complex_category else 0.4) + 0.1 * len(words)), signs)
