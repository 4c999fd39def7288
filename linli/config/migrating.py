"""
Migrations without rendering the same models hundreds of times.

A new table is made from the state of a migration's models. Django then renders every model anew that is tied to the new one, however remotely;
here everything is tied to everything through places and accounts, which made three quarters of a first start. A model that is new has nobody
who points at it yet: rendering it alone is enough, as it is when an application is loaded. (`ProjectState.add_model`, Django 5.2.)

One that changes in a way nobody who points at it can see (a constraint, an index, a new field, one that is no key of others) is rendered alone
as well: those who point at it keep what it was, and the state says of itself that it is `is_delayed`, which is Django's own word for that. Code
of a migration makes all models anew then, as Django does for it; so does here a change that others do see. (`ProjectState.reload_model`.)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.operations import AlterField, RenameField
from django.db.migrations.state import ModelState, ProjectState


@contextmanager
def new_models_alone() -> Iterator[None]:
    """Inside, a model that a migration creates or changes is rendered alone, unless the change shows in those that point at it."""
    ours: list[tuple[Any, str, Any]] = [
        (ProjectState, "add_model", _add_model),
        (ProjectState, "reload_model", _reload_model),
        *((operation, "database_forwards", _of_whole_states(operation.database_forwards)) for operation in (AlterField, RenameField)),
    ]
    plain = [(owner, name, getattr(owner, name)) for owner, name, _way in ours]
    _put(ours)
    try:
        yield
    finally:
        _put(plain)


def _put(ways: list[tuple[Any, str, Any]]) -> None:
    for owner, name, way in ways:
        setattr(owner, name, way)


def _add_model(self: Any, model_state: ModelState) -> None:
    key = (model_state.app_label, model_state.name_lower)
    self.models[key] = model_state
    if self._relations is not None:
        self.resolve_model_relations(key)
    if "apps" in self.__dict__:
        self.apps.render_multiple([model_state])


def _reload_model(self: Any, app_label: str, model_name: str, delay: bool = False) -> None:
    """`delay` is what Django calls a change that those who point at the model need not see."""
    if "apps" not in self.__dict__:
        return
    if delay or _only_gains(self, app_label, model_name):
        self.is_delayed = True
        self.apps.render_multiple([self.models[app_label, model_name]])
        return
    # All is tied to all: what Django would gather and render one by one is everything.
    del self.__dict__["apps"]
    self.is_delayed = False


def _only_gains(state: Any, app_label: str, model_name: str) -> bool:
    """A field that was not there is no key of others yet, whatever it points at itself."""
    before = state.apps.get_model(app_label, model_name)._meta
    return {field.name for field in (*before.local_fields, *before.local_many_to_many)} < set(state.models[app_label, model_name].fields)


def _of_whole_states(forwards: Any) -> Any:
    """A change seen by those who point at the model is carried out between two states that know of them."""

    def whole(self: Any, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not to_state.is_delayed:
            from_state.clear_delayed_apps_cache()
        forwards(self, app_label, schema_editor, from_state, to_state)

    return whole
