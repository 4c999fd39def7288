"""Data consistency of motions, for `linli check`."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef

from linli.loops.council.motions.models import Announcement, Decision, Motion, Text
from linli.loops.council.motions.roads import road_of
from linli.web.checks import Problem, consistency


@consistency("motions count their seconders")
def seconders() -> Iterator[Problem]:
    for motion in Motion.objects.annotate(rows=Count("seconds")).exclude(rows=F("second_count"))[:20]:
        yield Problem(f"M{motion.pk}: says {motion.second_count} seconders, holds {motion.rows}")


@consistency("motions have the text they say is in force")
def texts() -> Iterator[Problem]:
    there = Text.objects.filter(motion=OuterRef("pk"), number=OuterRef("version"))
    for motion in Motion.objects.filter(~Exists(there))[:20]:
        yield Problem(f"M{motion.pk}: its text version {motion.version} is missing")


@consistency("announced motions announce the text in force")
def announcements() -> Iterator[Problem]:
    standing = Announcement.objects.filter(taken_back_at=None, used=False).exclude(text__number=F("motion__version"))
    for found in standing.select_related("text", "motion")[:20]:
        yield Problem(f"M{found.motion_id}: announces version {found.text.number}, its text is version {found.motion.version}")
    in_force = Announcement.objects.filter(motion=OuterRef("pk"), taken_back_at=None, used=False)
    for motion in Motion.objects.filter(~Exists(in_force), matter__state="noticed")[:20]:
        yield Problem(f"M{motion.pk}: stands as announced without a notice in force")


@consistency("posted decisions have their notice")
def notices() -> Iterator[Problem]:
    for decision in Decision.objects.filter(notice=None).select_related("motion").iterator(500):
        if road_of(decision.motion).posting_of(decision.step):
            yield Problem(f"M{decision.motion_id}: a decision was to be posted and has no notice")
