"""
Writing sealed values anew, with the key and the suite of today, and their blind indexes with them.

A value is rewritten together with its index in one statement, and only if nobody changed it in between: a run that is killed leaves
every row either as it was or finished, and the next run goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models, transaction
from django.db.models import Count, Min
from django.db.models.functions import Substr

from linli.kernel.access.sealed import BlindField, Sealed, SealedField, blind, cipher
from linli.lib.crypto import CryptoError

BATCH = 500
Trouble = Literal["damaged", "double"]


@dataclass(frozen=True)
class Column:
    """A sealed field of a model, and the blind index beside it: `phone` is found by `phone_blind`."""

    model: type[models.Model]
    field: SealedField
    index: BlindField | None

    @property
    def filled(self) -> models.QuerySet[Any]:
        """Rows that have a value."""
        return self.model._base_manager.exclude(**{self.field.attname: b""})

    def __str__(self) -> str:
        return f"{self.model._meta.label_lower}.{self.field.name}"


@dataclass(frozen=True)
class SealedFolder:
    """Files sealed whole, as uploaded sheets waiting to be imported are: what they are called, where they lie, in which context."""

    name: str
    files: Callable[[], Iterator[Path]]
    context: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Left:
    """
    A row left as it was: its value does not decrypt (`damaged`), or another row has the same value in a column where each may
    stand but once (`double`), as happens when the suite was changed and the house went on without rewriting.
    """

    column: Column | SealedFolder
    pk: int | str
    trouble: Trouble
    other: int | None = None


@dataclass(frozen=True)
class Kind:
    """Values of a column that begin alike, so of one suite and one key: how many, and one of them to try."""

    column: Column
    count: int
    sample: int


def columns() -> list[Column]:
    """Every sealed field of every installed application."""
    return [
        Column(model, field, _index_beside(model, field))
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, SealedField)
    ]


def _index_beside(model: type[models.Model], field: SealedField) -> BlindField | None:
    try:
        beside = model._meta.get_field(f"{field.name}_blind")
    except FieldDoesNotExist:
        return None
    return beside if isinstance(beside, BlindField) else None


_folders: list[SealedFolder] = []


def add_folder(folder: SealedFolder) -> None:
    """Have a folder of sealed files written anew when the keys change; each app that keeps one says so once."""
    if folder.name not in {known.name for known in _folders}:
        _folders.append(folder)


def folders() -> list[SealedFolder]:
    return list(_folders)


def reseal_folder(folder: SealedFolder, advance: Callable[[int], None]) -> tuple[int, list[Left]]:
    """Rewrite the files of one folder, each by a rename: a killed run leaves every file whole. Returns as `reseal` does."""
    done, left = 0, list[Left]()
    for path in folder.files():
        try:
            blob = path.read_bytes()
            if cipher().needs_rewrite(blob):
                fresh = cipher().encrypt(cipher().decrypt(blob, folder.context), folder.context)
                draft = path.with_name(f".{path.name}")
                draft.touch(mode=0o600)
                draft.write_bytes(fresh)
                draft.rename(path)
                done += 1
        except FileNotFoundError:
            continue  # forgotten meanwhile
        except CryptoError:
            left.append(Left(folder, path.name, "damaged"))
        advance(1)
    return done, left


def reseal(column: Column, advance: Callable[[int], None]) -> tuple[int, list[Left]]:
    """
    Rewrite one column in batches by primary key, each its own transaction; what is right already is passed over.

    `advance` is told how many rows were looked at. Returns how many were written, and those that could not be.
    """
    done, last = 0, 0
    left: list[Left] = []
    names = [column.field.attname, *([column.index.attname] if column.index else [])]
    while rows := list(column.filled.filter(pk__gt=last).order_by("pk").only("pk", *names)[:BATCH]):
        with transaction.atomic():
            written, problems = _reseal_rows(column, rows)
        done, last = done + written, rows[-1].pk
        left += problems
        advance(len(rows))
    return done, left


def _reseal_rows(column: Column, rows: list[models.Model]) -> tuple[int, list[Left]]:
    changes: dict[int, dict[str, Any]] = {}
    left: list[Left] = []
    for row in rows:
        try:
            change = _change(column, row)
        except CryptoError:
            left.append(Left(column, row.pk, "damaged"))
        else:
            changes |= {row.pk: change} if change else {}
    doubles = _doubles(column, changes)
    left += [Left(column, pk, "double", other) for pk, other in doubles.items()]
    done = 0
    for row in rows:
        if row.pk in changes and row.pk not in doubles:
            as_read = {column.field.attname: getattr(row, column.field.attname)}
            done += column.model._base_manager.filter(pk=row.pk, **as_read).update(**changes[row.pk])
    return done, left


def _change(column: Column, row: models.Model) -> dict[str, Any]:
    """What must be written to make the row right; empty when it is."""
    value: object = getattr(row, column.field.attname)
    change: dict[str, Any] = {}
    assert isinstance(value, Sealed)
    text = value.open()
    if cipher().needs_rewrite(value.blob):
        change[column.field.attname] = Sealed(cipher().encrypt(text, column.field.context), column.field.context)
    if column.index:
        # Without an index the value was never meant to be found; an index of another suite finds nothing.
        known, fresh = getattr(row, column.index.attname), blind(text, column.field.name)
        if known is not None and bytes(known) != fresh:
            change[column.index.attname] = fresh
    return change


def _doubles(column: Column, changes: dict[int, dict[str, Any]]) -> dict[int, int]:
    """Rows whose new index another row has already, where that is not allowed: their key -> that of the other."""
    if column.index is None or not column.index.unique:
        return {}
    name = column.index.attname
    wanted = {change[name]: pk for pk, change in changes.items() if name in change}
    there = column.model._base_manager.filter(**{f"{name}__in": list(wanted)}).values_list(name, "pk")
    return {wanted[bytes(index)]: pk for index, pk in there}


def kinds(column: Column) -> Iterator[Kind]:
    """The values of a column, counted by suite and key, without opening any. One query."""
    heads = column.filled.annotate(head=Substr(column.field.attname, 1, 2, output_field=models.BinaryField())).values("head")
    for found in heads.annotate(count=Count("pk"), sample=Min("pk")).order_by("sample"):
        yield Kind(column, found["count"], found["sample"])
