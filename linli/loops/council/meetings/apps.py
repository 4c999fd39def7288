from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class MeetingsConfig(AppConfig):
    name = "linli.loops.council.meetings"
    label = "meetings"

    def ready(self) -> None:
        from linli.kernel.accounts import events
        from linli.kernel.matters import panels
        from linli.kernel.notices import screens
        from linli.kernel.places import rooms
        from linli.loops.council.meetings import duties, listeners, square  # noqa: F401 - they register on import
        from linli.loops.council.meetings.evidence import of_meetings
        from linli.loops.council.meetings.models import AgendaItem
        from linli.loops.council.meetings.panels import panel
        from linli.loops.council.meetings.rooms import uses
        from linli.loops.council.meetings.screen import to_come
        from linli.loops.council.motions import evidence

        permissions()
        evidence.register("meetings", of_meetings, order=30)
        screens.register("meetings", to_come, order=30)
        panels.register("meetings", panel, order=20, where=lambda pk: AgendaItem.objects.filter(matter=pk))
        events.name("meeting_homes_listed", _("查看没有来开过会的住户名单"))
        rooms.use(uses)
        square.announce()


def permissions() -> None:
    """The rows of the permission table that speak of meetings."""
    community = {"community_worker": "area", "community_head": "area", "street_officer": "area"}
    near = {**community, "building_leader": "area"}
    add = table.add
    table.name_kind("meeting", _("会议"))
    add("meeting.read", _("查看筹备中和不公开的会议"), near, reads_only=True, grid_worker="area", auditor="area")
    add("meeting.plan", _("安排会议、征集开会时间"), near)
    add("meeting.notice", _("发出和收回会议通知"), community)
    add("meeting.run", _("主持和记录会议"), near, resident="own")
    add("meeting.tick", _("登记到会、代为申请发言"), near, grid_worker="area", resident="own")
    add("meeting.sign_in", _("签到和离会"), signed_in="own")
    add("meeting.speak", _("申请发言、提出程序动议"), signed_in="own")
    add("meeting.raise_hand", _("举手"), signed_in="own")
    add("meeting.minutes", _("起草、修改和确认会议纪要"), near, resident="own")
    add("meeting.publish", _("公布会议纪要"), community)
    add("meeting.answer_slot", _("选能来开会的时间"), signed_in="own")
    add("meeting.answer_for", _("代居民选能来开会的时间"), near, grid_worker="area")
    add("meeting.participation", _("查看参与情况"), near, reads_only=True, auditor="area")
