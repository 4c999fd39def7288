"""What Open311 needs beside the kernel: questions per category, what came with a report, updates already taken."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.sealed import SealedField
from linli.kernel.matters.models import Category, Matter


class ServiceAttribute(models.Model):
    """
    One question a category asks; a category that has any in force has `metadata` true. `values` are [key, name] pairs of a list.

    A question that is retired is asked no more; its code stays taken, since answers already given are kept under it.
    """

    class DataType(models.TextChoices):
        STRING = "string", _("短文字")
        NUMBER = "number", _("数字")
        DATETIME = "datetime", _("日期时间")
        TEXT = "text", _("长文字")
        SINGLE = "singlevaluelist", _("单选")
        MULTI = "multivaluelist", _("多选")

    category = models.ForeignKey(Category, models.CASCADE, related_name="service_attributes")
    code = models.CharField(max_length=40)
    datatype = models.CharField(max_length=16, choices=DataType.choices, default=DataType.STRING)
    variable = models.BooleanField(default=True)
    required = models.BooleanField(default=False)
    description = models.CharField(max_length=200)
    datatype_description = models.CharField(max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(default=1)
    values = models.JSONField(default=list, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["order", "id"]
        constraints = [models.UniqueConstraint(fields=["category", "code"], name="attribute_once_a_category")]

    def __str__(self) -> str:
        return self.code


class Report(models.Model):
    """What came with a request through Open311: answers to the questions (public), the sender's contact (sealed), what replay kept."""

    matter = models.OneToOneField(Matter, models.CASCADE, related_name="report")
    attributes = models.JSONField(default=dict)
    contact = SealedField(context="ports.report.contact")
    device_id = models.CharField(max_length=64, blank=True)
    account_ref = models.CharField(max_length=64, blank=True)
    media_url = models.CharField(max_length=500, blank=True)
    address = models.CharField(max_length=200, blank=True)
    zipcode = models.CharField(max_length=20, blank=True)
    notes = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"report of {self.matter_id}"


class ReceivedUpdate(models.Model):
    """An update another system sent: its id, so that sending it again changes nothing, and the entry it became."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    update_id = models.CharField(max_length=64)
    matter = models.ForeignKey(Matter, models.CASCADE, related_name="+")
    entry_id = models.BigIntegerField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "update_id"], name="update_once_a_sender")]

    def __str__(self) -> str:
        return self.update_id
