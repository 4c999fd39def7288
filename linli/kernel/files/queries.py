"""Files somebody uploaded beforehand and now names by number."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid
from linli.kernel.files.models import StoredFile


def files_of(actor: Actor, ids: Sequence[int], field: str = "files") -> tuple[StoredFile, ...]:
    """Files the actor uploaded before, in the order named. Raises Invalid at `field` for others."""
    found = StoredFile.objects.filter(added_by_id=actor.account_id).in_bulk(list(ids)) if ids and actor.account_id else {}
    if any(i not in found for i in ids):
        raise Invalid("unknown_file", _("没有找到这个文件，请先上传。"), fields={field: [_("请先上传文件，再填它的编号。")]})
    return tuple(found[i] for i in dict.fromkeys(ids))
