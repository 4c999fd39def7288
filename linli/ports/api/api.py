"""The API as a whole: its routers, its errors, its description in OpenAPI 3.1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer

from linli import __name__ as product
from linli.kernel.rolls.acts_api import router as rolls
from linli.lib import documents
from linli.loops.council.ballots.api import router as ballots
from linli.loops.council.ballots.lists_api import router as ballot_acts
from linli.loops.council.draws.api import router as draws
from linli.loops.council.elections.api import router as elections
from linli.loops.council.meetings.acts_api import router as meetings
from linli.loops.council.motions.acts_api import router as motion_acts
from linli.loops.council.motions.api import router as motions
from linli.loops.council.motions.library_api import router as motion_library
from linli.loops.council.plans.acts_api import router as plans
from linli.loops.council.talks.acts_api import router as talks
from linli.loops.requests.api import router as requests
from linli.loops.requests.hot.api import router as hot
from linli.loops.requests.hot.square_api import router as topics
from linli.loops.venues.acts_api import router as venues
from linli.measure.api import router as measure
from linli.ports.api import errors
from linli.ports.api.kernel import router as kernel
from linli.ports.webhooks.api import router as webhooks
from linli.web.jsonapi import PROBLEM_TYPE

ABOUT = """Everything a page of Linli can do, for machines.

**Who.** `Authorization: Bearer <token>`; what is public needs none. A token does no more than its scopes and its account's grants.

**Errors** are `application/problem+json` (RFC 9457): `code` is stable, `detail` is in the language of `Accept-Language`, `rule` says what
decided, `turn_to` where to turn instead, `errors` what to mend, by field.

**Sending twice.** A POST with an `Idempotency-Key` is done once; for 24 hours the same key and body get the same answer.

**Changing.** Send the `version` you last saw; when somebody was faster you get 409 with `current_version` and nothing is written.

**Limits** are told in `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` (seconds). **Caching:** reads carry an `ETag`.

Times are ISO 8601 in UTC; times you send must name their zone. Coordinates are WGS-84 unless `datum` says gcj02."""

KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "description": "Any text of your own, new for each act.",
}


class Utf8(JSONRenderer):
    """JSON in UTF-8, as it is read by people too."""

    json_dumps_params = {"ensure_ascii": False}


class API(NinjaAPI):
    """Ninja's, with problems declared as what they are and the ways to sign in named."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        schema["components"]["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        }
        schema["security"] = [{}, {"token": []}, {"session": []}]
        for methods in schema["paths"].values():
            for method, operation in methods.items():
                _mend(method, operation)
        return schema


def _mend(method: str, operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        content = answer.get("content")
        if content and int(status) >= 400 and "application/json" in content:
            answer["content"] = {PROBLEM_TYPE: content.pop("application/json")}
    if method == "post":
        operation["parameters"] = [*operation.get("parameters", []), KEY_HEADER]
    if operation["operationId"] == "get_file":
        kinds = ("image/jpeg", "image/png", *documents.ENDINGS)
        operation["responses"][200] = {"description": "The file", "content": {kind: {"schema": {}} for kind in kinds}}


api = API(
    title="Linli",
    version="1",
    description=ABOUT,
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    renderer=Utf8(),
    openapi_extra={"info": {"x-product": product}},
)
api.add_router("", requests)
api.add_router("", hot)
api.add_router("", topics)
api.add_router("", kernel)
api.add_router("", rolls)
api.add_router("", meetings)
api.add_router("", talks)
api.add_router("", draws)
api.add_router("", elections)
api.add_router("", motions)
api.add_router("", motion_acts)
api.add_router("", motion_library)
api.add_router("", ballots)
api.add_router("", ballot_acts)
api.add_router("", venues)
api.add_router("", plans)
api.add_router("", measure)
api.add_router("", webhooks)
errors.install(api)

DESCRIPTION = Path(__file__).with_name("openapi.json")


def described() -> str:
    """The OpenAPI description of the code as it is now, as `openapi.json` keeps it (tools/api_description.py)."""
    return json.dumps(api.get_openapi_schema(path_prefix="/api/v1"), ensure_ascii=False, indent=1) + "\n"


def description(request: HttpRequest) -> HttpResponse:
    """`openapi.json`: made when the code changed, not when somebody asks."""
    return HttpResponse(DESCRIPTION.read_bytes(), content_type="application/json")
