"""
The table a motion's page is drawn from: a verb, its form, and the action that takes what was typed.

Left out on purpose: what residents do themselves, what follows by rule, and opening or stopping a ballot, which the ballots' room does.
"""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Unit
from linli.kernel.matters import actions as matters
from linli.kernel.matters.acts import Act, Doing, Plain, Said, SaidWithPapers, photos_of, pictured, plain, text_of
from linli.kernel.matters.queries import id_of_ref
from linli.kernel.people.queries import person_in_reach
from linli.loops.council.motions.actions import carrying, contesting, deciding, holding, preparing, raising, screening, seconding
from linli.loops.council.motions.desk import forms, result_forms
from linli.loops.council.motions.desk.reading import AtDesk
from linli.loops.council.motions.rules import KIND, WORKFLOW


def _screen(form: forms.ScreenForm, do: Doing) -> Any:
    names = ("power", "road", "profile", "rung", "topic")
    return do(screening.screen, text=text_of(form), **{name: form.cleaned_data[name] for name in names})


def _move_tier(form: forms.TierForm, do: Doing) -> Any:
    place = form.cleaned_data["place"]
    return do(screening.move_tier, tier=form.cleaned_data["tier"], text=text_of(form), place_id=place.pk if place else None)


def _draft(form: forms.DraftForm, do: Doing) -> Any:
    return do(preparing.publish_draft, days=form.cleaned_data["days"], text=text_of(form))


def _suspend(form: result_forms.SuspendForm, do: Doing) -> Any:
    data = form.cleaned_data
    return do(contesting.suspend, text=text_of(form), **{name: data[name] for name in ("ground", "rule", "review_on")})


def _challenge(form: result_forms.ChallengeForm, do: Doing) -> Any:
    pictures = photos_of(form, do)
    data = {name: form.cleaned_data[name] for name in ("forum", "who", "case_number", "known_on", "filed_on")}
    return do(contesting.challenge, text=text_of(form), file=pictures[0] if pictures else None, **data)


def _end_challenge(form: result_forms.EndChallengeForm, do: Doing) -> Any:
    data = form.cleaned_data
    return do(contesting.end_challenge, challenge_id=int(data["challenge"]), outcome=data["outcome"], text=text_of(form))


def _amend(form: forms.AmendForm, do: Doing) -> Any:
    data = form.cleaned_data
    return do(raising.amend, title=data["title"], body=data["body"], note=data["note"], options=form.options())


def _file(form: forms.DocumentForm, do: Doing) -> Any:
    pictures = photos_of(form, do)
    data = form.cleaned_data
    return do.quietly(
        preparing.file_document, kind=data["kind"], file=pictures[0] if pictures else None, text=data["text"], public=data["public"]
    )


def _decide(form: result_forms.DecisionForm, do: Doing) -> Any:
    return do(deciding.record_decision, passed=form.passed_or_not, text=text_of(form), figures=form.figures())


def _correct(form: result_forms.DecisionForm, do: Doing) -> Any:
    return do(deciding.correct, passed=form.passed_or_not, text=text_of(form), figures=form.figures())


def _settle(form: result_forms.SettleForm, do: Doing) -> Any:
    data = form.cleaned_data
    return deciding.settle_objection(
        actor=do.actor,
        objection_id=int(data["objection"]),
        now=do.now,
        upheld=data["upheld"] == "yes",
        answer=data["answer"],
        seen=do.seen,
    )


def _add_task(form: result_forms.TaskForm, do: Doing) -> Any:
    data = form.cleaned_data
    return do(
        carrying.add_task,
        text=data["text"],
        unit=Unit.objects.get(pk=data["unit"]),
        due_on=data["due_on"],
        budget_line=data["budget_line"],
        budget_fen=data["budget"],
    )


def _progress(form: result_forms.ProgressForm, do: Doing) -> Any:
    number = form.cleaned_data["task"]
    return do(carrying.progress, text=text_of(form), task=int(number) if number else None, files=photos_of(form, do))


def _finish(form: result_forms.FinishForm, do: Doing) -> Any:
    data = form.cleaned_data
    return do(carrying.finish_task, task=int(data["task"]), text=data["text"], spent_fen=data["spent"], files=photos_of(form, do))


def _opinion(form: result_forms.OpinionForForm, do: Doing) -> Any:
    data = form.cleaned_data
    person = person_in_reach(do.actor, int(data["supervisor"]))
    return do.quietly(carrying.give_opinion, accepts=data["accepts"] == "yes", text=text_of(form), person=person, channel=data["channel"])


def _rate(form: result_forms.RatingForForm, do: Doing) -> Any:
    data = form.cleaned_data
    return do.quietly(
        carrying.rate,
        satisfied=form.answer("satisfied"),
        solved=form.answer("solved"),
        comment=data["comment"],
        person=data["person"],
        channel=data["channel"],
    )


def _case(form: result_forms.CaseForm, do: Doing) -> Any:
    return do(carrying.publish_case, **{name: form.cleaned_data[name] for name in ("title", "situation", "done", "lessons")})


def _merge(form: forms.MergeForm, do: Doing) -> Any:
    target = id_of_ref(form.cleaned_data["target"])
    return screening.merge_twin(actor=do.actor, source_id=do.matter_id, target_id=target, now=do.now, text=text_of(form), seen=do.seen)


def _unmerge(form: Plain, do: Doing) -> Any:
    return screening.unmerge_twin(actor=do.actor, source_id=do.matter_id, now=do.now, text=text_of(form), seen=do.seen)


def _link(form: forms.LinkForm, do: Doing) -> Any:
    target = id_of_ref(form.cleaned_data["target"])
    return matters.link(actor=do.actor, source_id=do.matter_id, target_id=target, kind=form.cleaned_data["kind"], now=do.now, seen=do.seen)


def _retell(form: forms.RetellForm, do: Doing) -> Any:
    return do(holding.retell, **{name: form.cleaned_data[name] for name in ("public_title", "public_body", "visibility")})


def _block(form: forms.BlockForm, do: Doing) -> Any:
    return do(holding.block, text=text_of(form), review_on=form.cleaned_data["review_on"])


def _second_for(form: forms.ForSomebody, do: Doing) -> Any:
    return do.quietly(seconding.second_for, person=form.cleaned_data["person"], channel=form.cleaned_data["channel"])


def _object_for(form: result_forms.ObjectionForForm, do: Doing) -> Any:
    data = form.cleaned_data
    return do.quietly(deciding.object_to, text=data["text"], person=data["person"], channel=data["channel"])


ACTS: Final[dict[str, Act]] = {
    "submit": Act(forms.Sure, lambda f, do: do(raising.submit), "next", hint=gettext_lazy("提交以后征集附议，或直接进入审核。")),
    "second_for": Act(forms.ForSomebody, _second_for, "next", hint=gettext_lazy("一户只计一次；记录里写明是谁代登记、怎么来的。")),
    "screen": Act(forms.ScreenForm, _screen, "next"),
    "schedule": Act(forms.ScheduleForm, lambda f, do: do(preparing.schedule, on=f.cleaned_data["on"], text=text_of(f)), "next"),
    "deliberate": Act(Plain, plain(preparing.deliberate), "next"),
    "draft_options": Act(Plain, plain(preparing.draft_options), "next"),
    "give_notice": Act(forms.NoticeForm, plain(preparing.give_notice), "next"),
    "record_decision": Act(
        result_forms.DecisionForm, _decide, "next", hint=gettext_lazy("照会议记录登记。投票决定的步骤由计票产生结果，不能手工登记。")
    ),
    "confirm": Act(
        forms.Sure,
        lambda f, do: do(deciding.confirm),
        "next",
        hint=gettext_lazy("公示期满、异议都答复了，结果才生效；到时系统也会自动确认。"),
    ),
    "settle_objection": Act(result_forms.SettleForm, _settle, "next"),
    "add_task": Act(result_forms.TaskForm, _add_task, "next", hint=gettext_lazy("一项一条：谁做、哪天前、花多少钱。")),
    "finish_task": Act(result_forms.FinishForm, _finish, "next"),
    "deliver": Act(SaidWithPapers, pictured(carrying.deliver), "next"),
    "opinion_for": Act(result_forms.OpinionForForm, _opinion, "next"),
    "rate_for": Act(result_forms.RatingForForm, _rate, "next", hint=gettext_lazy("照原话登记。提出和附议过的居民才能评价。")),
    "close": Act(Plain, plain(carrying.close), "next", "secondary"),
    "publish_case": Act(result_forms.CaseForm, _case, "next", hint=gettext_lazy("给别的小区借鉴：写清楚怎么做的，不写人名。")),
    "unblock": Act(Said, plain(holding.unblock), "next", labels={"text": gettext_lazy("怎样解决的")}),
    "resume": Act(Said, plain(contesting.resume), "next", labels={"text": gettext_lazy("为什么恢复")}),
    "progress": Act(result_forms.ProgressForm, _progress, "talk", labels={"text": gettext_lazy("做到哪一步、接下来做什么")}),
    "object_for": Act(result_forms.ObjectionForForm, _object_for, "talk", "secondary"),
    "amend": Act(
        forms.AmendForm, _amend, "talk", "secondary", hint=gettext_lazy("每一版都留着，能看出改了哪里。已经公告的会收回，公告期从头计算。")
    ),
    "publish_draft": Act(
        forms.DraftForm, _draft, "talk", "secondary", hint=gettext_lazy("贴在公示栏征求意见，不冻结文本；改了再公布一次就行。")
    ),
    "file_document": Act(forms.DocumentForm, _file, "talk", "secondary"),
    "note": Act(
        Said,
        plain(holding.note),
        "talk",
        "secondary",
        hint=gettext_lazy("只有经办人员看得到。"),
        labels={"text": gettext_lazy("内部记录")},
    ),
    "adopt": Act(
        Said,
        plain(seconding.adopt),
        "order",
        "secondary",
        hint=gettext_lazy("不等附议够数，直接进入审核；理由会公开。"),
        labels={"text": gettext_lazy("为什么直接列入")},
    ),
    "appoint": Act(
        result_forms.AppointForm,
        lambda f, do: do(carrying.appoint, person=f.cleaned_data["person"]),
        "order",
        "secondary",
        hint=gettext_lazy("由居民推选；决定和施工的人不能监督自己。"),
    ),
    "reclass": Act(
        forms.ClassForm,
        lambda f, do: do(screening.reclass, topic=f.cleaned_data["topic"], rung=f.cleaned_data["rung"]),
        "order",
        "secondary",
    ),
    "move_tier": Act(forms.TierForm, _move_tier, "order", "secondary"),
    "reschedule": Act(
        forms.RescheduleForm, lambda f, do: do(preparing.reschedule, on=f.cleaned_data["on"], text=text_of(f)), "order", "secondary"
    ),
    "take_back_notice": Act(Said, plain(preparing.take_back_notice), "order", "secondary", labels={"text": gettext_lazy("为什么收回")}),
    "block": Act(forms.BlockForm, _block, "order", "secondary"),
    "retell": Act(forms.RetellForm, _retell, "order", "secondary", hint=gettext_lazy("去掉个人信息用；要表决的文本不变。")),
    "merge": Act(forms.MergeForm, _merge, "order", "secondary", hint=gettext_lazy("附议一起并过去，一户仍只计一次。")),
    "unmerge": Act(Plain, _unmerge, "order", "secondary"),
    "link": Act(forms.LinkForm, _link, "order", "secondary"),
    "correct": Act(
        result_forms.DecisionForm,
        _correct,
        "judge",
        "secondary",
        hint=gettext_lazy("公示从头计算，原来的结果留在记录里。"),
        labels={"text": gettext_lazy("更正了什么、为什么")},
    ),
    "decline": Act(
        forms.DeclineForm,
        lambda f, do: do(screening.decline, text=text_of(f), turn_to=f.cleaned_data["turn_to"]),
        "judge",
        "danger",
        hint=gettext_lazy("建议不能无声无息：要写明理由和去处。"),
    ),
    "to_request": Act(
        Said,
        plain(screening.to_request),
        "judge",
        "secondary",
        hint=gettext_lazy("不用表决就能办的，转为诉求，两边互相看得到。"),
        labels={"text": gettext_lazy("为什么不用表决")},
    ),
    "withdraw": Act(
        Plain, lambda f, do: do.quietly(holding.withdraw, text=text_of(f)), "judge", "danger", labels={"text": gettext_lazy("为什么撤回")}
    ),
    "challenge": Act(
        result_forms.ChallengeForm,
        _challenge,
        "judge",
        "secondary",
        hint=gettext_lazy("业主自知道决定之日起一年内可以请求法院撤销。登记以后，证据一直保存到有结果。"),
    ),
    "end_challenge": Act(result_forms.EndChallengeForm, _end_challenge, "judge", "secondary"),
    "suspend": Act(
        result_forms.SuspendForm, _suspend, "judge", "secondary", hint=gettext_lazy("时限停下，公示期满也不生效，直到恢复或者撤销。")
    ),
    "annul": Act(
        result_forms.AnnulForm,
        lambda f, do: do(contesting.annul, text=text_of(f), rule=f.cleaned_data["rule"]),
        "judge",
        "danger",
        hint=gettext_lazy("法院、街道或主管部门依法撤销的才登记；证据都保留。"),
        labels={"text": gettext_lazy("撤销的内容和理由")},
    ),
}
NOT_HERE: Final = frozenset({"second", "unsecond", "object", "accept_work", "rate", "open_ballot", "abandon_ballot"})
BY_RULE: Final = frozenset({"reach", "lapse", "next_body", "resolve", "fail", "send_back", "pass_work"})
EXTRA_VERBS: Final = {
    "second_for": gettext_lazy("代登记附议"),
    "object_for": gettext_lazy("代登记异议"),
    "opinion_for": gettext_lazy("代登记验收意见"),
    "rate_for": gettext_lazy("登记回访评价"),
    "confirm": gettext_lazy("确认结果生效"),
    "link": gettext_lazy("关联另一件事"),
}
# The one that stands open, by state: the first of these that the reader may do.
FIRST: Final[dict[str, tuple[str, ...]]] = {
    "draft": ("submit",),
    "seconding": ("second_for",),
    "screening": ("screen",),
    "banked": ("schedule",),
    "scheduled": ("deliberate",),
    "deliberating": ("draft_options",),
    "drafting": ("give_notice",),
    "noticed": ("record_decision",),
    "posted": ("settle_objection", "confirm"),
    "carrying": ("finish_task", "add_task"),
    "accepting": ("opinion_for",),
    "rating": ("rate_for",),
    "blocked": ("unblock",),
    "suspended": ("resume",),
}
# When the verbs on behalf make sense: the state in which the resident could do it themselves.
_ON_BEHALF: Final = {
    "second_for": ("seconding",),
    "object_for": ("posted",),
    "opinion_for": ("accepting",),
    "rate_for": ("rating", "closed"),
}


def _challenged(whole: AtDesk) -> bool:
    """Does a challenge wait for its outcome? By the timeline: as many began as did not end."""
    verbs = [line.entry.verb for line in whole.lines]
    return verbs.count("challenge") > verbs.count("end_challenge")


def label_of(verb: str) -> str:
    return str(EXTRA_VERBS[verb] if verb in EXTRA_VERBS else WORKFLOW.by_verb[verb].label)


def offered_verbs(actor: Actor, whole: AtDesk) -> list[str]:
    """
    The verbs the reader may do now, in the order of the table. The permission table and the state decide; what the motion gives no
    occasion for (an objection to answer, a task to finish, a decision a ballot makes) is left out.
    """
    matter, state = whole.matter, whole.matter.state
    allowed = set(whole.verbs)
    extra = {verb for verb, states in _ON_BEHALF.items() if state in states}
    extra |= {"link"} | ({"confirm"} if state == "posted" else set())
    for verb in extra:
        row = "resolve" if verb == "confirm" else verb
        if table.may(actor, f"{KIND}.{row}", matter.place_path, unit_ids=whole.working):
            allowed.add(verb)
    if not any(not o.outcome for o in whole.objections):
        allowed.discard("settle_objection")
    if not any(t.done_at is None for t in whole.tasks):
        allowed.discard("finish_task")
    if not result_forms.yet_to_speak(whole):
        allowed.discard("opinion_for")
    if matter.merged_into_id is None:
        allowed.discard("unmerge")
    if not any(d.annulled_at is None for d in whole.decisions):
        allowed -= {"challenge", "suspend"}
    if not _challenged(whole):
        allowed.discard("end_challenge")
    step = whole.road.steps[whole.decision] if whole.decision is not None else None
    if step is None or step.how == "ballot":
        allowed.discard("record_decision")
    if whole.decision is None or whole.road.leading_to(whole.decision, "notice") is None:
        allowed.discard("give_notice")
    return [verb for verb in ACTS if verb in allowed]
