"""The API against its own description: schemathesis asks every operation with what the schema allows and with what it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from linli.config.wsgi import application
from linli.ports.api.api import DESCRIPTION
from tests.ports.village import Village

PATHS = json.loads(DESCRIPTION.read_bytes())["paths"]
OPERATIONS = [(path, method) for path, methods in PATHS.items() for method in methods]
# What takes nothing cannot be asked wrongly.
WITH_INPUT = [
    (path, method) for path, method in OPERATIONS if PATHS[path][method].get("parameters") or "requestBody" in PATHS[path][method]
]
# How a door refuses is the same at each; every second one shows it, and the others their shapes in what is allowed.
WITH_INPUT = WITH_INPUT[::2]
if django_settings.TEST_DATABASE != "sqlite":
    # What each act does on PostgreSQL its own tests tell; here some, for what only made-up input finds. What is refused at the door comes to no
    # database at all.
    OPERATIONS, WITH_INPUT = OPERATIONS[::6], WITH_INPUT[::8]
# Whether a category, a place or a picture is there is for the product to say (422); that the shape itself is right is asserted below.
NOT_FOR_THE_SCHEMA = [positive_data_acceptance]
# Four fifths of the time go into making examples up. To look deeper by hand: more.
EXAMPLES = 3
SOME = hypothesis_settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@cache
def the_schema() -> Any:
    """As the product serves it; read once, for reading takes longer than asking."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    # What stands in the source is not tried: reading all of it takes longer than all examples, and they would be others with each module loaded.
    schema.config.analysis.constants.enabled = False
    return schema


@pytest.fixture
def described(village: Village, settings: Any) -> Iterator[Any]:
    settings.API_PER_MINUTE = settings.API_PER_MINUTE_ANONYMOUS = 10_000_000
    # As Django's own test client does: the connection belongs to the test, not to the call.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield the_schema()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def ask(described: Any, village: Village, path: str, method: str, mode: GenerationMode) -> None:
    headers = village.headers("head")

    @SOME
    @given(described[path][method].as_strategy(generation_mode=mode))
    def once(case: Any) -> None:
        response = case.call_and_validate(headers=headers, excluded_checks=NOT_FOR_THE_SCHEMA)
        if (
            mode is GenerationMode.POSITIVE and response.status_code == 422 and path != "/api/v1/files"
        ):  # a file without a name is for no schema to say
            assert response.json()["code"] not in ("invalid", "unknown_parameter"), response.text

    once()


@pytest.mark.slow
@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=[f"{method} {path}" for path, method in OPERATIONS])
def test_what_the_description_allows_is_understood(described: Any, village: Village, path: str, method: str) -> None:
    ask(described, village, path, method, GenerationMode.POSITIVE)


@pytest.mark.slow
@pytest.mark.parametrize(("path", "method"), WITH_INPUT, ids=[f"{method} {path}" for path, method in WITH_INPUT])
def test_what_it_does_not_allow_is_refused(described: Any, village: Village, path: str, method: str) -> None:
    ask(described, village, path, method, GenerationMode.NEGATIVE)
