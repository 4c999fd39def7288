"""One import as a job: the file, what its columns mean, how far it has come, what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.kernel.places.models import Place


class ImportJob(models.Model):
    """
    An import through the Desk. `file`, `marked` and `mended` name sealed files (see storage); they go when the job is a week old.

    `summary` holds counts and the first problems in words; `done` is written in the transaction that imports, so a job is done
    exactly when its rows are there.
    """

    class State(models.TextChoices):
        MAPPING = "mapping", _("等待确认列")
        TO_CHECK = "to_check", _("等待检查")
        CHECKING = "checking", _("正在检查")
        CHECKED = "checked", _("已检查，等待导入")
        TO_IMPORT = "to_import", _("等待导入")
        IMPORTING = "importing", _("正在导入")
        DONE = "done", _("已导入")
        FAILED = "failed", _("未导入")
        DROPPED = "dropped", _("已放弃")

    kind = models.CharField(max_length=12)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    file_name = models.CharField(max_length=120)
    file = models.CharField(max_length=64)
    sheet = models.CharField(max_length=120, blank=True)
    mapping = models.JSONField(default=dict)
    skip_bad = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAPPING)
    attempts = models.PositiveSmallIntegerField(default=0)
    summary = models.JSONField(default=dict)
    marked = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "-id"], name="import_job_account"),
            models.Index(fields=["state"], name="import_job_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"

    @property
    def waits_for_worker(self) -> bool:
        return self.state in (self.State.TO_CHECK, self.State.CHECKING, self.State.TO_IMPORT, self.State.IMPORTING)
