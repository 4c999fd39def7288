"""Chinese family names: those of one character most people have, and those of two. Simplified and traditional."""

from __future__ import annotations

from typing import Final

# The commonest by the Ministry of Public Security's yearly report on names and the older 百家姓. Left out are those that are far oftener
# something else in a sentence (和, 时, 区, 于是…): a name that begins with one is found where a sign before it says that a name comes.
SINGLE: Final = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段"
    "雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲鲍闵佟游阳裴冉覃柏滕景"
    "屈符宁甘邬单苟晏尚荆桂缪栾查饶解蔺蒲隋敖郎柯冀鄢巫卓窦阮储娄褚宣虞匡池穆商晁霍桑卞柴瞿臧扈仇蓝麦戚丘闫苑雍骆沙仝鞠豆古邝蔚晋芮谌宗明计伏成谈茅娄席麻强危童颜郁"
    "張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭許鄧呂蘇盧蔣賈葉閻鍾範鄒陸龍萬錢湯喬賀賴龔龐蘭陶嚴溫魯韋畢聶齊莊單關紀項鮑閔陽譚寧蘆"
)
COMPOUND: Final = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "宇文",
        "长孙",
        "司徒",
        "司空",
        "夏侯",
        "轩辕",
        "端木",
        "百里",
        "南宫",
        "闻人",
        "独孤",
        "呼延",
        "完颜",
        "拓跋",
        "赫连",
        "澹台",
        "申屠",
        "公冶",
        "钟离",
        "濮阳",
        "淳于",
        "单于",
        "万俟",
        "太史",
        "仲孙",
        "西门",
        "公羊",
        "第五",
        "羊舌",
        "微生",
        "梁丘",
        "左丘",
        "东郭",
        "南门",
        "东门",
        "宰父",
        "谷梁",
        "巫马",
        "歐陽",
        "諸葛",
        "東方",
        "尉遲",
        "公孫",
        "長孫",
        "司馬",
        "濮陽",
        "淳於",
    ]
)
