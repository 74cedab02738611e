"""Errors that a caller can act on: a `Problem` in the code, RFC 9457 problem details on the wire."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views import defaults
from django.views.decorators.http import require_safe
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

CONTENT_TYPE = "application/problem+json"
FOR_PROGRAMS = ("/api/", "/_allauth/", "/hooks/")


class Problem(Exception):  # noqa: N818  the RFC calls it a problem
    """A refusal with a stable code. The class says the status and the title, the instance the case.

    `detail` is a sentence for people (translated); `fields` maps a field's name to what is wrong with it.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid"
    title: ClassVar[Any] = _("The request cannot be carried out.")

    def __init__(self, detail: Any = "", *, fields: dict[str, Any] | None = None, **extra: Any) -> None:
        super().__init__(str(detail or self.title))
        self.detail = detail or self.title
        self.fields = fields or {}
        self.extra = extra
        self.headers: dict[str, str] = {}


TITLES = {
    "invalid": (400, _("Some fields are not right.")),
    "parse_error": (400, _("The body of the request cannot be read.")),
    "bad_request": (400, _("The address or the form cannot be read.")),
    "not_authenticated": (401, _("Sign in first.")),
    "authentication_failed": (401, _("The session has expired. Sign in again.")),
    "permission_denied": (403, _("This is not allowed.")),
    "not_found": (404, _("There is nothing at this address.")),
    "method_not_allowed": (405, _("This address does not do that.")),
    "not_acceptable": (406, _("Answers are JSON only.")),
    "unsupported_media_type": (415, _("The body of the request must be JSON.")),
    "internal_error": (500, _("Something went wrong on our side. Please try again in a moment.")),
}
"""Refusals that the framework makes, with status and title."""


def body(status: int, code: str, title: str, detail: str = "", fields: Any = None, **extra: Any) -> dict[str, Any]:
    """The members of a problem document; empty ones are left out."""
    document = {"type": f"/problems/{code}", "title": title, "status": status, "code": code, **extra}
    if detail and detail != title:
        document["detail"] = detail
    if fields:
        document["fields"] = fields
    return document


def respond(problem: Problem, headers: dict[str, str] | None = None) -> JsonResponse:
    """The answer of a plain Django view, for doors that are not part of the API."""
    headers = {**problem.headers, **(headers or {})}
    return JsonResponse(_of(problem), status=problem.status, content_type=CONTENT_TYPE, headers=headers)


def _of(problem: Problem) -> dict[str, Any]:
    title, detail = str(problem.title), str(problem.detail)
    return body(problem.status, problem.code, title, detail, problem.fields, **problem.extra)


def _plain(code: str, **members: Any) -> dict[str, Any]:
    status, title = TITLES[code]
    return body(status, code, str(title), **members)


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every error of the API is a problem document."""
    document: dict[str, Any]
    headers: dict[str, str] = {}
    if isinstance(error, Problem):
        document = _of(error)
        headers.update(error.headers)
    elif isinstance(error, Http404):
        document = _plain("not_found")
    elif isinstance(error, PermissionDenied):
        document = _plain("permission_denied")
    elif isinstance(error, exceptions.ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        document = _plain("invalid", fields=fields)
    elif isinstance(error, exceptions.APIException):
        code = str(error.default_code)
        _status, title = TITLES.get(code, (0, error.default_detail))
        document = body(error.status_code, code, str(title), str(error.detail))
        if authenticate := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = authenticate
    else:
        return None
    if not getattr(context.get("view"), "commits_itself", False):  # such a view has no transaction of the request
        set_rollback()
    return Response(document, status=document["status"], headers=headers, content_type=CONTENT_TYPE)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404 as a problem for programs, as a page for people."""
    return _answer(request, "not_found") or defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400 likewise, where the framework refuses before any view."""
    return _answer(request, "bad_request") or defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500 likewise."""
    return _answer(request, "internal_error") or defaults.server_error(request)


def _answer(request: HttpRequest, code: str) -> JsonResponse | None:
    if not request.path.startswith(FOR_PROGRAMS):
        return None
    document = _plain(code)
    return JsonResponse(document, status=document["status"], content_type=CONTENT_TYPE)


def known() -> dict[str, tuple[int, Any]]:
    """Every code with its status and title, as the classes say them."""
    kinds = [Problem]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return dict(sorted({**{kind.code: (kind.status, kind.title) for kind in kinds}, **TITLES}.items()))


@require_safe
def page(request: HttpRequest, code: str = "") -> HttpResponse:
    """What a problem's `type` leads to: its code in words, or all of them."""
    told = known()
    if code and code not in told:
        raise Http404
    return render(request, "problems.html", {"code": code, "problems": {code: told[code]} if code else told})


class WrongDoor:
    """Gives the empty 405 of Django's decorators words: as a problem for programs, as a page for people."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        answer = _answer(request, "method_not_allowed") or render(request, "405.html", status=405)
        answer["Allow"] = response["Allow"]
        return answer


PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457 problem details. `code` is stable; `detail` is for people.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": True},
    },
}


def describe(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """drf-spectacular hook: every operation may answer with a problem document."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    answer = {
        "description": "Problem details",
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for item in result["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"].setdefault("default", answer)
    return result
