"""Addresses of the API, each behind the door; the document and the reference are for everybody."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, re_path
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.operation import Operation
from ninja.renderers import JSONRenderer
from ninja.security import HttpBearer

from huimin_platform.portal.api import datasets, deliveries, door, fetching, problems, reference
from huimin_platform.portal.api.problems import Refused


class Bearer(HttpBearer):
    """Says in the document that a key is shown; the door has looked at it when this is asked."""

    openapi_name = "key"

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The caller that the door let in."""
        return getattr(request, "caller", None)


class Readable(JSONRenderer):
    """Chinese as it is read."""

    json_dumps_params = {"ensure_ascii": False}


class Api(NinjaAPI):
    """The operations, each known to programs by the name of its address."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of an operation in the document."""
        return operation.url_name


api = Api(
    title="Huimin 惠民",
    version="1",
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    auth=Bearer(),
    renderer=Readable(),
)
for router in (datasets.router, deliveries.router, fetching.router):
    api.add_router("", router)


@api.exception_handler(Refused)
def refused(request: HttpRequest, refused: Refused) -> Any:
    """The problem document of a refusal inside an operation."""
    return problems.response(refused, request.path)


@api.exception_handler(ValidationError)
def wrong_values(request: HttpRequest, wrong: ValidationError) -> Any:
    """The problem document of values that do not do, each with its place and what is wanted."""
    return problems.response(Refused("wrong_values", errors=reference.said_of(wrong.errors)), request.path)


@api.exception_handler(Exception)
def broken(request: HttpRequest, problem: Exception) -> Any:
    """Left to the door, which knows what to say."""
    raise problem


def _guarded() -> list[URLPattern]:
    """The addresses of the operations, each behind the door that knows what is done there by which method."""
    by_path: dict[str, dict[str, door.Act]] = {}
    paths: dict[str, str] = {}
    known = {
        operation["operationId"]: frozenset(
            each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"
        )
        for methods in api.get_openapi_schema(path_prefix="")["paths"].values()
        for operation in methods.values()
    }
    for bound in api._get_bound_routers():
        for view in bound.path_operations.values():
            for operation in view.operations:
                name, act = operation.url_name, operation.view_func.act  # pyright: ignore
                paths[name] = operation.path
                for method in operation.methods:
                    by_path.setdefault(operation.path, {})[method] = replace(act, query=known[name])
    return [
        path(str(entry.pattern), door.guarded(entry.callback, by_path[paths[entry.name]]), name=entry.name)
        for entry in api.urls[0]
        if entry.name in paths
    ]


app_name = "api"
urlpatterns = [
    *_guarded(),
    path("openapi.json", reference.document, name="document"),
    path("", reference.page, name="reference"),
    # Whatever else, line ends in it too.
    re_path(r"[\s\S]+", reference.not_there, name="not_there"),
]
