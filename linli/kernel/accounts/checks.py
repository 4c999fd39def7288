"""`linli check`: can every sealed value be opened with the keys at hand, and is it found by the indexes of today?"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.kernel.access.resealing import columns, folders, kinds
from linli.kernel.access.sealed import Sealed, cipher
from linli.lib.crypto import CryptoError
from linli.web.checks import Problem, consistency


@consistency("sealed files")
def sealed_files() -> Iterator[Problem]:
    """Uploaded sheets that wait: few, so each is tried."""
    for folder in folders():
        for path in folder.files():
            try:
                old = cipher().needs_rewrite(path.read_bytes())
                cipher().decrypt(path.read_bytes(), folder.context)
            except FileNotFoundError:
                continue
            except CryptoError:
                told = {"folder": folder, "name": path.name}
                yield Problem(_("%(folder)s 里的 %(name)s 用现有的密钥解不开，请重新上传那张表。") % told, warning=True)
            else:
                if old:
                    text = _("%(folder)s 里的 %(name)s 还是用从前的密钥或算法加密的。请运行 linli keys rotate --resume。")
                    yield Problem(text % {"folder": folder, "name": path.name}, warning=True)


@consistency("sealed fields")
def sealed_fields() -> Iterator[Problem]:
    """One value of each suite and key in each column is tried: a lost or foreign key file shows at once, whatever the size."""
    for column in columns():
        for kind in kinds(column):
            value = column.filled.values_list(column.field.attname, flat=True).get(pk=kind.sample)
            assert isinstance(value, Sealed)
            told = {"column": column, "count": kind.count, "pk": kind.sample}
            try:
                value.open()
            except CryptoError:
                yield Problem(_("%(column)s 有 %(count)s 条用现有的密钥解不开（例如 #%(pk)s）。请找回密钥文件，或用备份恢复。") % told)
            else:
                if cipher().needs_rewrite(value.blob):
                    text = _(
                        "%(column)s 有 %(count)s 条还是用从前的密钥或算法加密的，按号码可能查不到。请运行 linli keys rotate --resume。"
                    )
                    yield Problem(text % told, warning=True)
