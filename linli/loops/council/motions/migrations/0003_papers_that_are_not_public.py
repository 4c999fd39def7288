from typing import Any

from django.db import migrations
from django.db.models import Exists, OuterRef


def close(apps: Any, _schema: Any) -> None:
    """The file of a document that is not public is not public either; what the timeline says, and its chain, stay as they were written."""
    document, entry, attachment = (
        apps.get_model(*name) for name in (("motions", "Document"), ("matters", "Entry"), ("matters", "Attachment"))
    )
    filed = document.objects.filter(motion_id=OuterRef("matter_id"), file_id=OuterRef("file_id"))
    said = entry.objects.filter(matter_id=OuterRef("matter_id"), seq=OuterRef("seq"), verb="file_document")
    wrong = attachment.objects.filter(Exists(filed.filter(public=False)), ~Exists(filed.filter(public=True)), Exists(said), public=True)
    attachment.objects.filter(pk__in=list(wrong.values_list("pk", flat=True))).update(public=False)


class Migration(migrations.Migration):
    """Documents filed as not public before their files followed them: now these do."""

    dependencies = [("motions", "0002_after_the_result"), ("matters", "0004_tasks_and_promises_of_motions")]

    operations = [migrations.RunPython(close, migrations.RunPython.noop)]
