"""The door of the API. Every request comes through here: key, quota, content, access, audit, repeats, refusals."""

import functools
import hashlib
import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from huimin_platform.base import access, api_answers, api_keys, api_quota, audit, clock
from huimin_platform.base.api_models import ApiKey
from huimin_platform.portal.api import problems, sent
from huimin_platform.portal.api.problems import Refused

logger = logging.getLogger(__name__)

JSON = {"application/json": ".json"}
FILES = {
    "text/csv": ".csv", "application/json": ".json", "application/jsonl": ".jsonl", "application/x-ndjson": ".jsonl",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx", "application/vnd.ms-excel": ".xls",
    "application/vnd.apache.parquet": ".parquet",
}  # fmt: skip
MOST_JSON_BYTES = 1 << 20
MOST_FILE_BYTES = 64 << 20
DEEPEST_JSON = 50
# So many threads of a process may be held by content that comes in; the others serve pages meanwhile. One of them by one
# key: who stops sending midway holds it until the connection ends, and is not to keep others from sending.
MOST_AT_ONCE = 2
WAIT_SECONDS = 0.5
_slots = threading.BoundedSemaphore(MOST_AT_ONCE)
_senders: set[int] = set()
_asking = threading.Lock()
VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True)
class Act:
    """What an operation does to what, as the access table says it; `content` is what it takes, `public` needs no key.

    `query` are the names that may stand after the question mark.
    """

    action: str
    kind: str
    content: Literal["", "json", "file"] = ""
    public: bool = False
    query: frozenset[str] = frozenset()


def act(
    action: str, kind: str, *, content: Literal["", "json", "file"] = "", public: bool = False
) -> Callable[[Callable], Callable]:
    """Says of an operation what it does; the door reads it."""

    def decorate(view: Callable) -> Callable:
        view.act = Act(action, kind, content, public)  # type: ignore[attr-defined]
        return view

    return decorate


class Caller:
    """Who asks: the system as its key lets it act, and the key. `said` are the headers that every answer takes along."""

    def __init__(self, key: ApiKey) -> None:
        self.key, self.system = key, api_keys.acting(key)

    def permit(
        self, action: str, kind: str, about: object = "", *, data_set: str = "", purpose: str = ""
    ) -> None:
        """Writes to the log that the key is used for this, and refuses what it does not permit."""
        decision = access.allow(self.system, action, kind, data_set=data_set, purpose=purpose)
        audit.write(
            by=self.system, action=action, kind=kind, object_id=str(about or data_set)[:64], purpose=purpose,
            decision="allow" if decision else "deny", details={"key": self.key.prefix}, at=clock.now(),
        )  # fmt: skip
        if not decision:
            raise Refused("not_permitted")


def guarded(view: Callable[..., HttpResponseBase], acts: dict[str, Act]) -> Callable[..., HttpResponseBase]:
    """A view of the API behind the door; `acts` are its operations by method."""

    @functools.wraps(view)
    def door(request: HttpRequest, **named: Any) -> HttpResponseBase:
        headers: dict[str, str] = {}
        try:
            response = _answered(request, view, acts, named, headers)
        except Refused as refused:
            response = problems.response(refused, request.path)
        except OperationalError:
            logger.exception("The database did not answer a request of the API.")
            response = problems.response(Refused("busy", headers={"Retry-After": "5"}), request.path)
        except Exception:
            logger.exception("A request of the API could not be answered.")
            response = problems.response(Refused("broken"), request.path)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault(
            "Cache-Control", "no-store" if response.streaming else "private, no-cache"
        )
        patch_vary_headers(response, ("Accept-Language", "Authorization"))
        return response

    door.csrf_exempt = True  # type: ignore[attr-defined] - a key is no cookie: no other site can send it along
    door.acts = acts  # type: ignore[attr-defined]
    return door


def _answered(
    request: HttpRequest, view: Callable, acts: dict[str, Act], named: dict[str, Any], headers: dict[str, str]
) -> HttpResponseBase:
    method = "GET" if request.method == "HEAD" else str(request.method)
    if method not in acts:
        raise Refused(
            "method", headers={"Allow": ", ".join(sorted({*acts, *(["HEAD"] if "GET" in acts else [])}))}
        )
    wanted = acts[method]
    if wanted.public:
        _known(request, wanted)
        return _tagged(request, view(request, **named))
    key = _key(request)
    most = MOST_FILE_BYTES if wanted.content == "file" else MOST_JSON_BYTES
    length = sent.length_of(request, most) if wanted.content else 0
    kind = sent.media_type(request, FILES if wanted.content == "file" else JSON) if wanted.content else ""
    spent = api_quota.spend(key, size=length, at=clock.now())
    headers |= spent.headers
    if spent.refused:
        raise Refused("too_many")
    if api_keys.state(key, clock.now()) != "in_force":
        audit.write(
            by=key.holder, action=wanted.action, kind=wanted.kind, object_id=request.path[:64], decision="deny",
            details={"key": key.prefix}, at=clock.now(),
        )  # fmt: skip
        raise Refused("key_not_in_force")
    caller = Caller(key)
    caller.permit(
        wanted.action,
        wanted.kind,
        named.get("delivery") or named.get("export") or "",
        data_set=named.get("name", ""),
    )
    request.caller = caller
    _known(request, wanted)
    if not wanted.content:
        return _tagged(request, view(request, **named))
    with _receiving(key), sent.received(request, kind, length, most) as content:
        request.sent = content
        if wanted.content == "json":
            request._body = _json(content)
        return _once(request, caller, content, lambda: view(request, **named))


@contextmanager
def _receiving(key: ApiKey) -> Iterator[None]:
    """Holds a thread for content of this key, one at a time."""
    with _asking:
        if key.pk in _senders:
            raise Refused("still_sending", headers={"Retry-After": "2"})
        _senders.add(key.pk)
    try:
        if not _slots.acquire(timeout=WAIT_SECONDS):
            raise Refused("busy", headers={"Retry-After": "2"})
        try:
            yield
        finally:
            _slots.release()
    finally:
        with _asking:
            _senders.discard(key.pk)


def _known(request: HttpRequest, wanted: Act) -> None:
    """Refuses a name after the question mark that nobody knows: a mistyped wish would be passed over in silence."""
    unknown = sorted(set(request.GET) - wanted.query)
    if unknown:
        raise Refused(
            "wrong_values", errors=[{"field": unknown[0][:64], "message": _("This is not known here.")}]
        )


def _once(
    request: HttpRequest, caller: Caller, content: sent.Sent, answer: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """The answer; the one given before where the request says that it is a repeat."""
    chosen = request.headers.get("Idempotency-Key")
    if chosen is None:
        return answer()
    if not VISIBLE.fullmatch(chosen):
        raise Refused("idempotency_form")
    said = f"{request.method} {request.get_full_path()} {content.media_type} {content.sha256}"
    fingerprint = hashlib.sha256(said.encode()).digest()
    try:
        told = api_answers.begin(holder=caller.system, key=chosen, fingerprint=fingerprint, at=clock.now())
    except api_answers.OtherRequest:
        raise Refused("other_request") from None
    except api_answers.UnderWay:
        raise Refused("under_way", headers={"Retry-After": "2"}) from None
    if told is not None:
        again = HttpResponse(told.body, status=told.status, content_type=told.content_type)
        again["Idempotency-Replayed"] = "true"
        if told.location:
            again["Location"] = told.location
        return again
    with ExitStack() as stack:
        stack.callback(api_answers.forget, holder=caller.system, key=chosen)
        try:
            response = answer()
        except Refused as refused:
            response = problems.response(refused, request.path)
        if response.status_code < 500:
            told = api_answers.Told(
                response.status_code, response["Content-Type"], response.get("Location", ""),
                response.content.decode(),  # pyright: ignore[reportAttributeAccessIssue]
            )  # fmt: skip
            api_answers.keep(holder=caller.system, key=chosen, told=told)
    return response


def _key(request: HttpRequest) -> ApiKey:
    scheme, _blank, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Refused("no_key")
    key = api_keys.shown(text.strip())
    if key is None:
        raise Refused("unknown_key")
    return key


def _json(content: sent.Sent) -> bytes:
    """The bytes of a JSON value that can be read, is no deeper than is sensible, and is Unicode throughout."""
    data = content.path.read_bytes()
    try:
        value = json.loads(data, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refused("not_json") from None
    if _depth(value) > DEEPEST_JSON:
        raise Refused("not_json")
    return data


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= DEEPEST_JSON:
        inside = [
            list(each.values()) if isinstance(each, dict) else each
            for each in level
            if isinstance(each, dict | list)
        ]
        level = [one for each in inside for one in each]
        depth += bool(inside)
    return depth


def _tagged(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer with a tag of its content, or the word that the reader has it already."""
    if response.status_code != 200 or response.streaming:
        return response
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'  # pyright: ignore[reportAttributeAccessIssue]
    known = {each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")}
    if tag in known or "*" in known:
        response = HttpResponse(status=304)
        del response.headers["Content-Type"]
    response["ETag"] = tag
    return response
