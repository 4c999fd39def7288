"""Files chosen in a form come back with it, whichever page the form belongs to (`kept.py`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware

from linli.kernel.files import kept
from linli.web.middleware import MACHINES

Next = Callable[[HttpRequest], HttpResponse]
# Answers without the form, after which somebody goes back to it: not allowed yet, somebody was first, mend something, too often.
_COMES_BACK: Final = (401, 403, 409, 422, 429)


class KeptFiles:
    """
    It stands above what signs an idle worker out, so that their files wait until they have signed in again.

    What came without a proof that our own page sent it is never kept.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self._csrf = CsrfViewMiddleware(get_response)  # never asked for an answer, only for its judgement

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sends_files = _sends_files(request)
        if sends_files:
            request.sent_by = request.user.pk  # type: ignore[attr-defined]  # whoever is signed out on the way in
        with kept.drawing_for(request):
            response = self.get_response(request)
        if sends_files:
            self._afterwards(request, response)
        return response

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> None:
        if _sends_files(request):
            kept.bring_back(request)

    def _afterwards(self, request: HttpRequest, response: HttpResponse) -> None:
        if request.__dict__.get("kept_drawn"):
            return
        to_sign_in = response.status_code in (302, 303) and response.headers.get("Location", "").startswith(str(settings.LOGIN_URL))
        if to_sign_in or response.status_code in _COMES_BACK:
            if self._is_ours(request) and request.FILES:
                kept.hold(request)
        elif response.status_code < 400:
            kept.forget(request, kept.brought(request))

    def _is_ours(self, request: HttpRequest) -> bool:
        """Whether the form carried our token. A request turned away on its way in was not asked for it yet."""
        if getattr(request, "csrf_processing_done", False):
            return True
        try:
            return self._csrf.process_view(request, self.get_response, (), {}) is None
        except MultiPartParserError:
            return False


def _sends_files(request: HttpRequest) -> bool:
    return request.method == "POST" and request.content_type == "multipart/form-data" and not request.path.startswith(MACHINES)
