"""
Migrations without rendering the same models hundreds of times.

A new table is made from the state of a migration's models. Django then renders every model anew that is tied to the new one, however remotely;
here everything is tied to everything through places and accounts, which made three quarters of a first start. A model that is new has nobody
who points at it yet: rendering it alone is enough, as it is when an application is loaded. (`ProjectState.add_model`, Django 5.2.)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.state import ModelState, ProjectState


@contextmanager
def new_models_alone() -> Iterator[None]:
    """Inside, a model that a migration creates is rendered alone; whatever changes an existing one goes Django's own way."""
    plain = ProjectState.add_model
    ProjectState.add_model = _add_model  # type: ignore[method-assign]
    try:
        yield
    finally:
        ProjectState.add_model = plain  # type: ignore[method-assign]


def _add_model(self: Any, model_state: ModelState) -> None:
    key = (model_state.app_label, model_state.name_lower)
    self.models[key] = model_state
    if self._relations is not None:
        self.resolve_model_relations(key)
    if "apps" in self.__dict__:
        self.apps.render_multiple([model_state])
