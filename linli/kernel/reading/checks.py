"""`linli check`: can the reader in use be read?"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.insight.reading.light import Light
from linli.kernel.access.refusals import said
from linli.kernel.reading.shelf import path_of, standing
from linli.lib.problems import InputProblem
from linli.web.checks import Problem, consistency


@consistency("the reader in use")
def reader() -> Iterator[Problem]:
    learning = standing()
    if learning is None:
        return
    try:
        Light(path_of(learning))
    except InputProblem as problem:
        told = {"said": said(problem)}
        yield Problem(_("%(said)s 现在由关键词规则代替；运行 linli insight retrain 重新学习。") % told, warning=True)
