"""Places: the tree from the province down to the home, one row for each place."""

from __future__ import annotations

from linli.kernel.places.models import CommunityType
from linli.kernel.places.models import Kind as Level
from linli.ports.tables import values
from linli.ports.tables.columns import Column, Kind, words_of

LEVELS = words_of(
    [
        (Level.PROVINCE, ("省", "省级", "自治区", "直辖市")),
        (Level.CITY, ("市", "市级", "地市")),
        (Level.DISTRICT, ("区", "县", "区县", "区级", "县级市")),
        (Level.STREET, ("街道", "镇", "乡", "乡镇", "镇街")),
        (Level.COMMUNITY, ("社区", "村", "居委会", "村委会", "行政村")),
        (Level.GRID, ("网格",)),
        (Level.COMPOUND, ("小区", "院落", "自然村", "楼盘")),
        (Level.BUILDING, ("楼栋", "栋", "幢", "楼")),
        (Level.ENTRANCE, ("单元", "门")),
        (Level.HOME, ("房屋", "户", "室", "房号")),
    ]
)
TYPES = words_of([(code, (str(code),)) for code in CommunityType.values if code])
TYPES |= {
    "城市老旧社区": "old_residential",
    "老旧社区": "old_residential",
    "新建商品房社区": "new_commercial",
    "商品房社区": "new_commercial",
    "农村社区": "rural",
    "安置或多民族社区": "special",
    "产业园区周边社区": "industrial_park_adjacent",
}


def level_words() -> list[str]:
    return [str(label) for _value, label in Level.choices]


def type_words() -> list[str]:
    return [str(label) for value, label in CommunityType.choices if value]


DATUMS = words_of([("wgs84", ("wgs-84", "gps", "国家2000", "cgcs2000")), ("gcj02", ("gcj-02", "高德", "腾讯", "火星坐标"))])

PLACES = Kind(
    "places",
    "地点",
    "Places",
    (
        Column(
            "level",
            "级别",
            "Level",
            values.choice(LEVELS, level_words),
            ("层级", "类别", "地点类型", "kind", "type"),
            required=True,
            example="小区",
            choices=level_words,
        ),
        Column("name", "名称", "Name", synonyms=("地点名称", "地点", "地名"), required=True, limit=80, example="芳草苑", width=20),
        Column(
            "parent",
            "上级",
            "Parent",
            synonyms=("上级名称", "所属", "上级地点", "隶属", "上级代码", "parent code"),
            limit=400,
            example="玉林街道/芳草社区",
            note_zh="上级的代码，或从上往下用 / 隔开的名称；空着就是导入位置",
            note_en="The parent's code, or names from the top down separated by /; empty means where you import to",
            width=30,
        ),
        Column(
            "code",
            "代码",
            "Code",
            values.digits,
            ("统计代码", "区划代码", "行政区划代码", "编码", "division code"),
            limit=32,
            example="",
            note_zh="省到社区用 12 位统计用区划代码",
            note_en="Twelve digits from province to community",
            width=18,
        ),
        Column("community_type", "社区类型", "Community type", values.choice(TYPES, type_words), ("类型",), choices=type_words, width=20),
        Column("latitude", "纬度", "Latitude", values.degrees, ("lat",), example="30.6312"),
        Column("longitude", "经度", "Longitude", values.degrees, ("lng", "lon", "long"), example="104.0614"),
        Column(
            "datum",
            "坐标系",
            "Datum",
            values.choice(DATUMS, lambda: ["WGS-84", "GCJ-02"]),
            ("坐标类型",),
            choices=lambda: ["WGS-84", "GCJ-02"],
            note_zh="不填为 WGS-84",
            note_en="Empty means WGS-84",
        ),
        Column("phone", "电话", "Phone", values.phone, ("联系电话", "办公电话")),
        Column(
            "alias",
            "别名",
            "Also called",
            synonyms=("其他名称", "别称", "旧名", "曾用名", "简称", "俗称", "别名旧名简称", "alias", "other names"),
            limit=400,
            example="老电厂宿舍、电厂家属院",
            note_zh="几个之间用顿号隔开；空着就不改",
            note_en="Several divided by 、 or a comma; empty leaves them as they are",
            width=24,
        ),
        Column(
            "road",
            "所在道路",
            "Road",
            synonyms=("道路", "路名", "街路", "在哪条路上", "road"),
            limit=400,
            example="芳草街",
            note_zh="几条之间用顿号隔开；空着就不改",
            note_en="Several divided by 、 or a comma; empty leaves them as they are",
            width=18,
        ),
        Column(
            "landmark",
            "附近地标",
            "Landmark",
            synonyms=("地标", "标志物", "旁边大家都知道的地方", "landmarks"),
            limit=400,
            example="人民医院、农贸市场",
            note_zh="几个之间用顿号隔开；空着就不改",
            note_en="Several divided by 、 or a comma; empty leaves them as they are",
            width=24,
        ),
    ),
    about_zh="一个地点一行，上级写在前面或已经登记过。别名、道路和地标用来在居民写的话里认出这个地点。",
    about_en="One row for each place; its parent stands above it or is registered already. Other names, roads and landmarks help to recognise the place in what residents write.",
)
