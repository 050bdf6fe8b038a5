"""The OpenAPI document and the page that shows it: made from the operations themselves, in the reader's language."""

import copy
import json
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huimin_platform.portal.api import problems
from huimin_platform.portal.api.problems import KINDS, Refused

PREFIX = "/api/v1"
REPEATS = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}  # fmt: skip
DIGEST = {"name": "Content-Digest", "in": "header", "required": False, "schema": {"type": "string"}}
PROBLEM = {
    "description": gettext_noop("A refusal: what happened and what to do next."),
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
# What a value can be wrong in, as pydantic names it.
WRONG = {
    "missing": gettext_noop("This is missing."),
    "extra_forbidden": gettext_noop("This is not known here."),
    "literal_error": gettext_noop("Write one of: %(expected)s."),
    "enum": gettext_noop("Write one of: %(expected)s."),
    "string_too_long": gettext_noop("Write no more than %(max_length)s characters."),
    "string_too_short": gettext_noop("Write at least %(min_length)s characters."),
    "string_pattern_mismatch": gettext_noop("This has characters that cannot stand here."),
    "too_long": gettext_noop("Send no more than %(max_length)s of them."),
    "too_short": gettext_noop("Send at least %(min_length)s of them."),
    "greater_than_equal": gettext_noop("Write %(ge)s or more."),
    "less_than_equal": gettext_noop("Write %(le)s or less."),
    "int_parsing": gettext_noop("Write a whole number."),
    "bool_parsing": gettext_noop("Write true or false."),
    "date": gettext_noop("Write a day such as 2026-07-01."),
}
OTHERWISE = gettext_noop("This cannot be used.")


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document."""
    content = json.dumps(described(), ensure_ascii=False)
    return HttpResponse(
        content, content_type="application/json", headers={"Cache-Control": "public, max-age=300"}
    )


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The same for people to read, with an example of every call and every refusal there is."""
    said = described()
    groups: dict[str, list[dict[str, Any]]] = {}
    for address, methods in said["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_call(address, method, operation, said))
    context = {
        "groups": groups,
        "refusals": [
            (code.replace("_", "-"), status, title, cure) for code, (status, title, cure) in KINDS.items()
        ],
        "host": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "portal/api_reference.html", context)


def not_there(request: HttpRequest) -> HttpResponse:
    """404 as a problem document: there is no such address."""
    return problems.response(Refused("not_there"), request.path)


not_there.csrf_exempt = True  # type: ignore[attr-defined] - it does nothing, and says so in the form that programs read


def described() -> dict[str, Any]:
    """The OpenAPI document in the reader's language."""
    return _described(get_language() or "zh-hans")


def said_of(errors: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Each value that does not do: its place in the request, and what is wanted."""
    found = []
    for error in errors:
        where = [
            str(each) for each in error.get("loc", ()) if each not in ("body", "query", "path", "header")
        ]
        kind = "date" if str(error.get("type", "")).startswith("date") else str(error.get("type", ""))
        words = _(WRONG.get(kind, OTHERWISE))
        found.append(
            {
                "field": ".".join(where),
                "message": words % (error.get("ctx") or {}) if kind in WRONG else words,
            }
        )
    return found


@cache
def _described(language: str) -> dict[str, Any]:
    from huimin_platform.portal.api.schemas import Problem
    from huimin_platform.portal.api.urls import api

    said: dict[str, Any] = copy.deepcopy(dict(api.get_openapi_schema(path_prefix="")))
    said["servers"] = [{"url": PREFIX}]
    said["info"]["description"] = _(
        "Departments' systems send data sets and fetch what their key permits. Errors are problem documents (RFC 9457) "
        "in the language of Accept-Language; quotas are told in RateLimit headers; a request with an Idempotency-Key "
        "can be repeated."
    )
    schemas = said["components"]["schemas"]
    reference = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= reference.pop("$defs", {})
    schemas["Problem"] = reference
    for methods in said["paths"].values():
        for method, operation in methods.items():
            operation["summary"] = _(operation["summary"])
            operation["tags"] = [_(tag) for tag in operation["tags"]]
            operation.pop("description", None)
            operation["responses"] = {str(code): each for code, each in operation["responses"].items()}
            operation["responses"]["default"] = PROBLEM | {"description": _(PROBLEM["description"])}
            if method == "post" and "requestBody" in operation:
                operation.setdefault("parameters", []).extend([REPEATS, DIGEST])
    return said


def _call(address: str, method: str, operation: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """One operation as the page shows it."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    wanted = said["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "address": f"{PREFIX}{address}",
        "summary": operation["summary"],
        "parameters": [
            (each["name"], each["in"], each.get("required", False), _kind(each["schema"]))
            for each in operation.get("parameters", [])
        ],
        "takes": sorted(content),
        "fields": [
            (name, name in wanted.get("required", ()), _kind(value))
            for name, value in wanted.get("properties", {}).items()
        ],
        "gives": [code for code in operation["responses"] if code != "default"],
        "public": not operation.get("security"),
    }


def _kind(schema: dict[str, Any]) -> str:
    """What a value looks like, in short."""
    if "anyOf" in schema:
        return " | ".join(_kind(each) for each in schema["anyOf"] if each.get("type") != "null")
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    return str(schema.get("format") or schema.get("type") or "object")
