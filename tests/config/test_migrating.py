"""What is rendered anew when a migration changes a model, and what is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import models
from django.db.migrations.operations import AlterField
from django.db.migrations.state import ModelState, ProjectState

from linli.config.migrating import new_models_alone


@pytest.fixture
def state() -> Iterator[ProjectState]:
    """A house, and a door that points at it; both rendered."""
    with new_models_alone():
        state = ProjectState()
        state.add_model(ModelState("town", "House", [("id", models.IntegerField(primary_key=True)), ("name", models.TextField())]))
        door = [("id", models.IntegerField(primary_key=True)), ("house", models.ForeignKey("town.House", models.CASCADE))]
        state.add_model(ModelState("town", "Door", door))
        assert state.apps.get_model("town", "House")
        yield state


def test_a_field_that_is_no_key_of_others_renders_its_model_alone(state: ProjectState) -> None:
    house, door = (state.apps.get_model("town", name) for name in ("House", "Door"))
    state.alter_field("town", "house", "name", models.CharField(max_length=9), True)
    changed = state.apps.get_model("town", "House")
    assert changed is not house
    assert changed._meta.get_field("name").max_length == 9
    assert state.apps.get_model("town", "Door") is door
    assert state.is_delayed  # the code of a migration has all made anew


def test_a_new_field_renders_its_model_alone_even_when_it_points_at_another(state: ProjectState) -> None:
    house, door = (state.apps.get_model("town", name) for name in ("House", "Door"))
    state.add_field("town", "door", "last", models.ForeignKey("town.House", models.CASCADE, null=True, related_name="+"), True)
    changed = state.apps.get_model("town", "Door")
    assert changed is not door
    assert changed._meta.get_field("last").related_model is house
    assert state.apps.get_model("town", "House") is house


def test_a_key_that_changes_is_seen_by_those_who_point_at_it(state: ProjectState) -> None:
    state.alter_field("town", "house", "name", models.CharField(max_length=9), True)
    before, operation = state.clone(), AlterField("House", "id", models.BigIntegerField(primary_key=True))
    operation.state_forwards("town", state)
    seen = []

    class Editor:
        """Only looks at what it is asked to change."""

        class connection:  # noqa: N801 - Django's name for it
            alias = "default"

        def alter_field(self, model: type[models.Model], old: models.Field, new: models.Field) -> None:
            seen.extend([old.model._meta.related_objects, new.model._meta.related_objects])

    operation.database_forwards("town", Editor(), before, state)  # type: ignore[arg-type]
    assert [[related.name for related in each] for each in seen] == [["door"], ["door"]]
    assert state.apps.get_model("town", "Door")._meta.get_field("house").target_field.get_internal_type() == "BigIntegerField"


def test_afterwards_django_goes_its_own_way() -> None:
    plain = ProjectState.reload_model, ProjectState.add_model, AlterField.database_forwards
    with new_models_alone():
        assert ProjectState.reload_model is not plain[0]
    assert (ProjectState.reload_model, ProjectState.add_model, AlterField.database_forwards) == plain
