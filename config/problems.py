"""Errors that a caller can act on: a `Problem` in the code, RFC 9457 problem details on the wire."""

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818  the RFC calls it a problem
    """A refusal with a stable code. The class says the status and the title, the instance the case.

    `detail` is a sentence for people (translated); `fields` maps a field's name to what is wrong with it.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid"
    title: ClassVar[Any] = "The request cannot be carried out."

    def __init__(self, detail: Any = "", *, fields: dict[str, Any] | None = None, **extra: Any) -> None:
        super().__init__(str(detail or self.title))
        self.detail = detail or self.title
        self.fields = fields or {}
        self.extra = extra
        self.headers: dict[str, str] = {}


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
    document = body(
        problem.status, problem.code, str(problem.title), str(problem.detail), problem.fields, **problem.extra
    )
    headers = {**problem.headers, **(headers or {})}
    return JsonResponse(document, status=problem.status, content_type=CONTENT_TYPE, headers=headers)


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every error of the API is a problem document."""
    document: dict[str, Any]
    headers: dict[str, str] = {}
    if isinstance(error, Problem):
        document = body(error.status, error.code, str(error.title), str(error.detail), error.fields, **error.extra)
        headers.update(error.headers)
    elif isinstance(error, Http404):
        document = body(404, "not_found", "There is no such resource.")
    elif isinstance(error, PermissionDenied):
        document = body(403, "permission_denied", "This is not allowed.")
    elif isinstance(error, exceptions.ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        document = body(400, "invalid", "Some fields are not right.", fields=fields)
    elif isinstance(error, exceptions.APIException):
        code = str(error.default_code)
        document = body(error.status_code, code, str(error.default_detail), str(error.detail))
        if wait := getattr(error, "wait", None):
            headers["Retry-After"] = str(int(wait))
        if authenticate := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = authenticate
    else:
        return None
    if not getattr(context.get("view"), "commits_itself", False):  # such a view has no transaction of the request
        set_rollback()
    return Response(document, status=document["status"], headers=headers, content_type=CONTENT_TYPE)


def not_found(request: HttpRequest, exception: Exception) -> Any:
    """404 as a problem below /api/, as a page elsewhere."""
    from django.views import defaults

    if request.path.startswith("/api/"):
        document = body(404, "not_found", "There is no such resource.")
        return JsonResponse(document, status=404, content_type=CONTENT_TYPE)
    return defaults.page_not_found(request, exception)


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
