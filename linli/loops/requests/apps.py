from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class RequestsConfig(AppConfig):
    name = "linli.loops.requests"
    label = "requests"

    def ready(self) -> None:
        from linli.kernel.matters import opening, workflow
        from linli.kernel.matters.models import PREFIXES
        from linli.loops.requests import listeners, rules, square  # noqa: F401 - as above; listeners connect on import
        from linli.loops.requests.actions.intake import open_by_rule, open_from_matter
        from linli.loops.requests.desk import home

        workflow.register(rules.WORKFLOW)
        PREFIXES[rules.KIND] = rules.WORKFLOW.prefix
        opening.register_opener(rules.KIND, open_from_matter)
        opening.register_starter(rules.KIND, open_by_rule)
        permissions()
        square.announce()
        home.bring()


def permissions() -> None:
    """The rows of the permission table that speak of requests."""
    community = {"community_worker": "area", "community_head": "area"}
    above = {**community, "street_officer": "area"}
    unit = {"department_handler": "unit", "property_manager": "unit", "mediator": "unit"}
    workers = {**above, **unit}
    add = table.add
    table.name_kind("request", _("诉求"))
    table.name_kind("figures", _("数据"))
    add("request.read", _("查看非公开诉求"), workers, reads_only=True, grid_worker="area", auditor="area", resident="own")
    add("request.raise", _("提出诉求"), signed_in="own")
    add("request.raise_for", _("代他人登记诉求"), above, grid_worker="area", building_leader="area")
    add("request.replay", _("按原时间导入历史诉求"), system_admin="area", community_head="area", street_officer="area")
    add("request.import", _("批量导入诉求"), above)
    add("request.export", _("导出诉求清单"), above, reads_only=True, auditor="area")
    add("request.accept", _("受理诉求"), above)
    add("request.decline", _("不予受理"), above)
    add("request.dispatch", _("派单"), above)
    add("request.redispatch", _("改派"), above)
    add("request.object", _("说明不属本单位"), unit)
    add("request.whistle", _("吹哨"), street_officer="area")
    add("request.report_in", _("报到"), unit, community, street_officer="area")
    add("request.refuse_whistle", _("说明不属本部门"), unit)
    add("request.answer_whistle", _("部门答复"), unit, community, street_officer="area")
    add("request.conclude_whistle", _("联合办结"), unit, street_officer="area")
    add("request.start", _("开始办理"), workers)
    add("request.answer", _("答复进展"), workers)
    add("request.plan", _("拿出方案"), workers)
    add("request.ask", _("请提出人补充"), workers)
    add("request.add", _("补充情况"), workers, signed_in="own", grid_worker="area")
    add("request.suspend", _("挂账"), above, unit)
    add("request.resume", _("恢复办理"), workers)
    add("request.resolve", _("办结"), workers)
    add("request.rate", _("评价"), signed_in="own")
    add("request.record_rating", _("登记回访评价"), above)
    add("request.record_unreachable", _("登记未联系上"), above)
    add("request.close", _("转入回看"), above)
    add("request.reopen", _("重新办理"), street_officer="area", community_head="area")
    add("request.withdraw", _("撤回"), signed_in="own")
    add("request.merge", _("合并诉求"), above)
    add("request.unmerge", _("拆开合并"), above)
    add("request.link", _("关联事项"), workers)
    add("request.refute_repeat", _("说明不是再次反映"), workers)
    add("request.me_too", _("我也遇到"), signed_in="area")
    add("request.end_me_too", _("收回“我也遇到”"), signed_in="area")
    add("request.recategorise", _("改类别"), workers)
    add("request.regrade", _("改难易程度"), workers)
    add("request.supervise", _("督办"), street_officer="area", community_head="area")
    add("request.note", _("内部记录"), workers, grid_worker="area")
    add("request.retell", _("改公开文字"), above)
    add("request.exclude", _("依法不计入评价"), street_officer="area")
    add("request.score_whistle", _("评价部门报到"), street_officer="area")
    add(
        "figures.read",
        _("查看数据"),
        above,
        reads_only=True,
        auditor="area",
        grid_worker="area",
        department_handler="area",
        property_manager="area",
    )
