from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class TalksConfig(AppConfig):
    name = "linli.loops.council.talks"
    label = "talks"

    def ready(self) -> None:
        from linli.kernel.accounts import events
        from linli.kernel.matters import masking, panels
        from linli.loops.council.talks import listeners, square  # noqa: F401 - listeners connect on import
        from linli.loops.council.talks.models import Answer, Contribution, Talk
        from linli.loops.council.talks.panels import invitation, panel

        permissions()
        panels.register("talks", panel, order=30, where=lambda pk: Talk.objects.filter(matter=pk), without=invitation)
        events.name("talk_homes_listed", _("查看没有参加交流的住户名单"))
        events.name("talk_exported", _("导出交流内容"))
        square.announce()
        said = masking.PublicTexts("talk", Contribution.objects.all, ("text", "source"), lambda c: f"{c.talk_id}/{c.number}")
        masking.register(said)
        masking.register(masking.PublicTexts("answer", Answer.objects.all, ("text",), lambda a: f"{a.question_id}/{a.pk}"))


def permissions() -> None:
    """The rows of the permission table that speak of talks."""
    community = {"community_worker": "area", "community_head": "area", "street_officer": "area"}
    convenes = {**community, "committee_member": "area"}
    near = {**community, "building_leader": "area"}
    add = table.add
    table.name_kind("talk", _("交流"))
    add("talk.read", _("查看交流的管理页面"), convenes, reads_only=True, building_leader="area", grid_worker="area", auditor="area")
    add("talk.open", _("请大家交流"), convenes)
    add("talk.manage", _("管理交流：延长、结束、请人回答"), convenes)
    add("talk.say", _("表态、写看法和理由、提问"), signed_in="own")
    add("talk.say_for", _("代居民表态和发言"), near, grid_worker="area")
    add("talk.answer_for", _("代专家登记回答"), convenes)
    add("talk.see_names", _("查看是谁写的"), community)
    add("talk.report", _("举报看法、理由和提问"), signed_in="own")
    add("talk.moderate", _("不再显示违反规则的内容"), community)
    add("talk.appeal", _("对不再显示提出申诉"), signed_in="own")
    add("talk.decide_appeal", _("复核申诉"), community)
    add("talk.participation", _("查看谁参加了交流"), convenes, reads_only=True, auditor="area")
    add("talk.visit", _("查看没有参加的住户名单"), near, reads_only=True, grid_worker="area")
    add("talk.export", _("导出交流内容"), convenes, reads_only=True, auditor="area")
    add("talk.set_names", _("决定交流中名字怎么写"), community_head="area", street_officer="area")
