"""A failure of a command, said in one line: what happened and how to mend it."""

from __future__ import annotations

import errno
import re

import click

from linli.config.words import _, language
from linli.lib.problems import InputProblem

FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130


def explain(error: BaseException) -> tuple[str, int]:
    """One line for a person, and the exit code: 1 failed, 2 wrong use of the command, 130 stopped with Ctrl-C."""
    text, code = _explain(error)
    return " ".join(text.split()), code


def _explain(error: BaseException) -> tuple[str, int]:
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return _("已中止。"), INTERRUPTED
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "linli"
        return _("%(what)s 用法见：%(command)s --help") % {"what": _wrong_use(error), "command": command}, WRONG_USE
    if isinstance(error, click.ClickException):
        return error.format_message(), error.exit_code
    if isinstance(error, OSError):
        return _operating_system(error), FAILED
    if isinstance(error, InputProblem):
        return error.text(language()), FAILED
    return _ours(error) or _database(error) or _unexpected(error), FAILED


def _wrong_use(error: click.UsageError) -> str:
    """What click says of options in English alone, in the reader's language; what we say ourselves as it is."""
    if isinstance(error, click.MissingParameter):
        return _("缺少 %(name)s。") % {"name": _option(error)}
    if isinstance(error, click.NoSuchOption):
        close = _("是不是 %(names)s？") % {"names": "、".join(error.possibilities)} if error.possibilities else ""
        return _("没有 %(name)s 这个选项。") % {"name": error.option_name} + close
    kind = error.param.type if isinstance(error, click.BadParameter) and error.param is not None else None
    if kind is None:
        return error.format_message()
    told = {"name": _option(error), "low": getattr(kind, "min", None), "high": getattr(kind, "max", None)}
    bound = None not in told.values()
    words = {
        click.IntRange: _("%(name)s 要写 %(low)s 到 %(high)s 之间的整数。") if bound else _("%(name)s 要写整数，不能太小。"),
        click.FloatRange: _("%(name)s 要写 %(low)s 到 %(high)s 之间的数。") if bound else _("%(name)s 要写一个数，不能太小。"),
        click.types.IntParamType: _("%(name)s 要写整数。"),
        click.types.FloatParamType: _("%(name)s 要写一个数。"),
        click.DateTime: _("%(name)s 要写日期，如 2026-11-26。"),
        click.Path: _("%(name)s 要写一个能打开的文件。"),
    }
    if isinstance(kind, click.Choice):
        return _("%(name)s 只能写 %(choices)s。") % {**told, "choices": _("、").join(map(str, kind.choices))} + _given(error)
    found = next((said for known, said in words.items() if isinstance(kind, known)), "")
    return found % told if found else _("%(name)s：%(detail)s") % {**told, "detail": error.message}


def _given(error: click.UsageError) -> str:
    """The word that is no choice, as click quotes it; empty where it does not."""
    quoted = re.match(r"'(.*?)' is not one of ", error.message)
    return _("“%(word)s”不在其中。") % {"word": quoted[1]} if quoted else ""


def _option(error: click.UsageError) -> str:
    param = getattr(error, "param", None)
    return max(param.opts, key=len) if param is not None and param.opts else ""


def _ours(error: BaseException) -> str:
    """Refusals, wrong settings and wrong input; empty when it is none of these."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management.base import CommandError

    from linli.kernel.access.refusals import Invalid, Refused

    if isinstance(error, Refused):
        parts = [str(error.text)]
        if isinstance(error, Invalid):
            parts += [f"{field}: {text}" for field, texts in error.fields.items() for text in texts]
        if error.rule:
            parts.append(_("依据：%(rule)s") % {"rule": error.rule})
        if error.turn_to:
            parts.append(str(error.turn_to))
        return " ".join(parts)
    if isinstance(error, ImproperlyConfigured):
        return _("配置有误：%(detail)s") % {"detail": error}
    if isinstance(error, CommandError):
        return str(error)
    return ""


# What a database says (SQLite and PostgreSQL) -> what to do about it. The first sign found decides.
def _database_signs() -> list[tuple[tuple[str, ...], str]]:
    return [
        (("disk is full", "no space left", "disk i/o error"), _("磁盘已满或无法写入，没有存下任何半截的内容。请腾出空间后重试。")),
        (("readonly database", "read-only"), _("数据库是只读的，什么都没有写。请检查数据文件夹的权限。")),
        (("database is locked", "lock timeout"), _("数据库正忙，什么都没有写。请稍后重试。")),
        (("no such table", "no such column", "does not exist"), _("数据库的结构不是当前版本的。请先运行 linli migrate。")),
        (("unable to open",), _("打不开数据库文件。请检查 LINLI_DATA 指向的文件夹和它的权限。")),
        (("malformed", "not a database"), _("数据库文件已损坏。请用备份恢复。")),
        (("connect", "connection", "authentication", "timeout expired"), _("连不上数据库。请检查 LINLI_DATABASE_URL 和数据库是否在运行。")),
    ]


def _database(error: BaseException) -> str:
    import sqlite3

    from django.db import Error

    if not isinstance(error, (Error, sqlite3.Error)):
        return ""
    said = str(error)
    advice = next((advice for signs, advice in _database_signs() if any(sign in said.lower() for sign in signs)), _("数据库报错。"))
    return f"{advice} ({said})" if said else advice


def _operating_system(error: OSError) -> str:
    name = error.filename if error.filename is not None else ""
    known = {
        errno.ENOENT: _("找不到文件：%(name)s"),
        errno.EACCES: _("没有权限：%(name)s"),
        errno.EPERM: _("没有权限：%(name)s"),
        errno.EISDIR: _("这是文件夹，不是文件：%(name)s"),
        errno.EEXIST: _("这里已经有一个同名的文件：%(name)s"),
        errno.ENOTDIR: _("这不是文件夹：%(name)s"),
        errno.ENOSPC: _("磁盘已满。请腾出空间后重试。"),
        errno.EROFS: _("磁盘是只读的：%(name)s"),
    }
    sentence = known.get(error.errno or 0)
    return sentence % {"name": name} if sentence else _unexpected(error)


def _unexpected(error: BaseException) -> str:
    detail = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return _("出错了：%(detail)s（加 --debug 看详情）") % {"detail": detail}
