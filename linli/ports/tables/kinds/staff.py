"""Staff: an account, a role, where it holds, and for which unit."""

from __future__ import annotations

from linli.kernel.access.roles import ROLES
from linli.ports.tables import values
from linli.ports.tables.columns import Column, Kind, words_of

ROLE_WORDS = words_of(
    [
        ("building_leader", ("楼栋长", "楼长", "building leader")),
        ("grid_worker", ("网格员", "专职网格员", "grid worker")),
        ("community_worker", ("社区工作者", "社工", "社区工作人员", "community worker")),
        ("community_head", ("社区负责人", "社区书记", "居委会主任", "社区主任", "community head")),
        ("street_officer", ("街道工作人员", "街道干部", "street officer")),
        ("department_handler", ("部门经办人", "经办人", "department handler")),
        ("property_manager", ("物业负责人", "物业经理", "项目经理", "property manager")),
        ("mediator", ("调解员", "mediator")),
        ("auditor", ("审计人员", "auditor")),
        ("system_admin", ("系统管理员", "system administrator")),
        ("security_admin", ("安全管理员", "security administrator")),
        ("audit_admin", ("审计管理员", "audit administrator")),
    ]
)


def role_words() -> list[str]:
    return [str(label) for code, label in ROLES.items() if code != "resident"]


STAFF = Kind(
    "staff",
    "工作人员",
    "Staff",
    (
        Column("name", "姓名", "Name", synonyms=("名字", "人员姓名"), required=True, limit=60, example="李敏"),
        Column(
            "username",
            "用户名",
            "User name",
            synonyms=("账号", "登录名", "工号", "account", "login"),
            required=True,
            limit=64,
            example="limin",
            note_zh="字母、数字和 . _ - @ +",
            note_en="Letters, digits and . _ - @ +",
        ),
        Column(
            "phone",
            "手机",
            "Mobile",
            values.mobile,
            ("手机号", "手机号码", "联系电话", "电话"),
            example="13900139000",
            width=16,
            personal=True,
        ),
        Column(
            "role",
            "角色",
            "Role",
            values.choice(ROLE_WORDS, role_words),
            ("岗位", "职务", "身份"),
            required=True,
            example="社区工作者",
            choices=role_words,
        ),
        Column(
            "unit",
            "单位",
            "Unit",
            synonyms=("所在单位", "部门", "所属单位", "organisation", "department"),
            limit=60,
            example="芳草社区居委会",
            width=22,
        ),
        Column(
            "place",
            "负责范围",
            "Place",
            synonyms=("范围", "地点", "负责区域", "责任区", "所属社区", "社区", "区域", "area"),
            limit=200,
            example="芳草社区",
            note_zh="地点的名称、代码，或用 / 隔开的路径；空着就是导入位置",
            note_en="Name, code or path with /; empty means where you import to",
            width=22,
        ),
        Column("starts_on", "开始日期", "From", values.day, ("起始日期", "任职日期", "starts")),
        Column("ends_on", "结束日期", "Until", values.day, ("截止日期", "到期日期", "ends")),
    ),
    about_zh="一人一个角色一行。导入后在结果页给新账号一次性发放首次登录密码，本人登录后必须更改。",
    about_en="One row for each role of a person. After the import, the page of results gives the new accounts their first passwords, once; each must be changed at the first sign-in.",
)
