from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class MotionsConfig(AppConfig):
    name = "linli.loops.council.motions"
    label = "motions"

    def ready(self) -> None:
        from linli.kernel.accounts import events
        from linli.kernel.matters import formal, opening, workflow
        from linli.kernel.matters.models import PREFIXES
        from linli.kernel.notices import screens
        from linli.loops.council.motions import evidence, listeners, rules, square  # noqa: F401 - listeners connect on import
        from linli.loops.council.motions.actions.raising import open_from_matter
        from linli.loops.council.motions.desk import home
        from linli.loops.council.motions.minuted import of_matters
        from linli.loops.council.motions.screen import under_way

        workflow.register(rules.WORKFLOW)
        PREFIXES[rules.KIND] = rules.WORKFLOW.prefix
        opening.register_opener(rules.KIND, open_from_matter)
        events.name("evidence_taken", _("取走决定的证据档案"))
        permissions()
        square.announce()
        home.bring()
        evidence.register("motion", evidence.of_motion, order=10)
        formal.register("motions", of_matters, order=10)
        screens.register("motions", under_way, order=20)
        about = _("一个人反映是一件诉求，大家的事要一起商量：转成议题以后征集附议、协商、表决，两边互相看得到。")
        opening.offer_way("request", opening.Way(rules.KIND, _("提为议题"), "motion.raise_for", about))


def permissions() -> None:
    """The rows of the permission table that speak of motions."""
    community = {"community_worker": "area", "community_head": "area", "street_officer": "area"}
    convenes = {**community, "committee_member": "area"}
    unit = {"department_handler": "unit", "property_manager": "unit", "mediator": "unit"}
    heads = {"community_head": "area", "street_officer": "area", "committee_member": "area"}
    add = table.add
    table.name_kind("motion", _("议题"))
    table.name_kind("road", _("议事程序"))
    add("motion.read", _("查看非公开议题"), convenes, unit, reads_only=True, grid_worker="area", auditor="area", resident="own")
    add("motion.raise", _("提出议题"), signed_in="own")
    add("motion.raise_for", _("代他人提出议题"), convenes, building_leader="area", grid_worker="area")
    add("motion.submit", _("提交议题"), convenes, signed_in="own")
    add("motion.second", _("附议"), signed_in="area")
    add("motion.unsecond", _("收回附议"), signed_in="area")
    add("motion.second_for", _("代登记附议"), convenes, building_leader="area", grid_worker="area")
    add("motion.reach", _("附议达到要求"), street_officer="area")
    add("motion.lapse", _("附议期满"), street_officer="area")
    add("motion.adopt", _("直接列入审核"), heads, community_worker="area")
    add("motion.screen", _("审核议题"), heads, community_worker="area")
    add("motion.decline", _("不列入议题"), heads, community_worker="area")
    add("motion.reclass", _("改议题分类"), convenes)
    add("motion.move_tier", _("议题上交或下放"), heads)
    add("motion.schedule", _("议题排期"), convenes)
    add("motion.reschedule", _("改议题排期"), convenes)
    add("motion.deliberate", _("开始协商"), convenes)
    add("motion.draft_options", _("拟定方案"), convenes)
    add("motion.publish_draft", _("公布征求意见稿"), convenes)
    add("motion.amend", _("修改议题文本"), convenes, signed_in="own")
    add("motion.file_document", _("补充议题文件"), convenes, unit)
    add("motion.give_notice", _("发布议题公告"), heads)
    add("motion.take_back_notice", _("收回议题公告"), heads)
    add("motion.open_ballot", _("开始表决"), heads)
    add("motion.abandon_ballot", _("停止表决"), heads)
    add("motion.record_decision", _("登记决定"), heads)
    add("motion.object", _("对结果提出异议"), signed_in="area")
    add("motion.object_for", _("代登记异议"), convenes)
    add("motion.settle_objection", _("答复异议"), heads)
    add("motion.correct", _("更正结果"), heads)
    add("motion.challenge", _("登记撤销之诉"), heads)
    add("motion.end_challenge", _("登记裁判结果"), heads)
    add("motion.suspend", _("暂缓执行"), heads)
    add("motion.resume", _("恢复执行"), heads)
    add("motion.evidence", _("查看证据档案"), heads, reads_only=True, auditor="area")
    add("motion.next_body", _("进入下一步审议"), heads)
    add("motion.resolve", _("形成决议"), heads)
    add("motion.fail", _("确认未通过"), heads)
    add("motion.add_task", _("分配决议任务"), convenes)
    add("motion.progress", _("公布决议进展"), convenes, unit)
    add("motion.finish_task", _("登记任务完成"), convenes, unit)
    add("motion.appoint", _("推选居民监督员"), convenes)
    add("motion.deliver", _("交付验收"), convenes, unit)
    add("motion.accept_work", _("验收意见"), convenes, signed_in="area")
    add("motion.opinion_for", _("代登记验收意见"), convenes)
    add("motion.send_back", _("退回整改"), heads)
    add("motion.pass_work", _("验收通过"), heads)
    add("motion.rate", _("评价议题"), convenes, signed_in="area")
    add("motion.rate_for", _("登记议题回访评价"), community)
    add("motion.close", _("结束议题"), convenes)
    add("motion.publish_case", _("编入案例库"), community)
    add("motion.annul", _("依法撤销决议"), street_officer="area")
    add("motion.block", _("写明卡在哪里"), convenes, unit)
    add("motion.unblock", _("恢复议题"), convenes, unit)
    add("motion.to_request", _("议题转为诉求"), convenes)
    add("motion.withdraw", _("撤回议题"), convenes, signed_in="own")
    add("motion.merge", _("合并议题"), convenes)
    add("motion.unmerge", _("拆开合并的议题"), convenes)
    add("motion.link", _("关联事项"), convenes)
    add("motion.note", _("议题内部记录"), convenes, unit)
    add("motion.retell", _("改议题公开文字"), community)
    add("motion.export", _("导出议题清单"), convenes, reads_only=True, auditor="area")
    add("road.edit", _("维护议事程序和附议规则"), community_head="area", street_officer="area", system_admin="area")
