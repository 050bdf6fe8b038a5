"""What the API refuses, as problem documents (RFC 9457): what happened and what to do next, in the reader's language."""

import json
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language, gettext_lazy

# code -> status, what happened, what to do next.
KINDS: dict[str, tuple[int, Any, Any]] = {
    "no_key": (
        401, gettext_lazy("The request shows no key."),
        gettext_lazy("Send the header Authorization: Bearer and the key that the data steward gave you."),
    ),
    "unknown_key": (
        401, gettext_lazy("This key is not known here."),
        gettext_lazy("Check that the whole key was copied; a lost one cannot be shown again, only changed for a new one."),
    ),
    "key_not_in_force": (
        401, gettext_lazy("This key is not in force."),
        gettext_lazy("It waits for a second person, was revoked, or has come to its end. The data steward can say which and make a new one."),
    ),
    "not_permitted": (
        403, gettext_lazy("The key does not permit this."),
        gettext_lazy("Ask the data steward for a key for this act and this data set, if the agreement covers it."),
    ),
    "not_there": (
        404, gettext_lazy("There is nothing at this address for this key."),
        gettext_lazy("Check the address; a system sees what it sent and asked for itself."),
    ),
    "method": (
        405, gettext_lazy("This address does not take this method."),
        gettext_lazy("The header Allow names those that it takes."),
    ),
    "not_ready": (
        409, gettext_lazy("The file is not written yet, or was removed when its time was over."),
        gettext_lazy("Ask for the state of the export first; when it has expired, ask for a new one."),
    ),
    "decided": (
        409, gettext_lazy("This delivery does not wait to be committed."),
        gettext_lazy("Ask for its state. What was committed can be withdrawn; what was left out can be sent again."),
    ),
    "held_back": (
        409, gettext_lazy("A file of this delivery has errors or is held back, so nothing was committed."),
        gettext_lazy("Mend the rows that the problems name and send it again, or let the data steward look at it."),
    ),
    "takes_whole_files": (
        409, gettext_lazy("This data set has no key by which single rows could replace earlier ones."),
        gettext_lazy("Send whole files of it instead."),
    ),
    "under_way": (
        409, gettext_lazy("A request with this Idempotency-Key is being answered at this moment."),
        gettext_lazy("Wait a moment and send it again."),
    ),
    "no_length": (
        411, gettext_lazy("The request does not say how long its content is."),
        gettext_lazy("Send the header Content-Length instead of sending in pieces."),
    ),
    "too_large": (
        413, gettext_lazy("The content is larger than this address takes."),
        gettext_lazy("Split it into several files, or put it into the watched folder."),
    ),
    "media_type": (
        415, gettext_lazy("This address does not take content of this kind."),
        gettext_lazy("Say with the header Content-Type what it is; the reference lists what is taken."),
    ),
    "coding": (
        415, gettext_lazy("The content is packed in a way that is not taken."),
        gettext_lazy("Send it as it is, or packed with gzip."),
    ),
    "too_slow": (
        408, gettext_lazy("The content came too slowly."),
        gettext_lazy("Send it again, on a better line or in smaller files."),
    ),
    "cut_off": (
        400, gettext_lazy("The content ended before its announced length."),
        gettext_lazy("Send it again as a whole. Nothing of it was kept."),
    ),
    "digest": (
        400, gettext_lazy("The content is not what its digest says."),
        gettext_lazy("It changed on the way: send it again. Nothing of it was kept."),
    ),
    "digest_form": (
        400, gettext_lazy("The header Content-Digest cannot be read."),
        gettext_lazy("Write it as sha-256=:BASE64: as RFC 9530 says."),
    ),
    "not_gzip": (
        400, gettext_lazy("The content is not the gzip that its header says."),
        gettext_lazy("Pack it again, or send it as it is without Content-Encoding."),
    ),
    "not_json": (
        400, gettext_lazy("The content is not JSON that can be read."),
        gettext_lazy("Check it with another program: UTF-8, no more than 50 levels deep, one value."),
    ),
    "idempotency_form": (
        400, gettext_lazy("The Idempotency-Key cannot be used."),
        gettext_lazy("Write 1 to 255 visible ASCII characters, for example a UUID."),
    ),
    "other_request": (
        422, gettext_lazy("This Idempotency-Key was used for another request."),
        gettext_lazy("Take a new one for a new request, and the same one only to repeat the same request."),
    ),
    "wrong_values": (
        422, gettext_lazy("Something in the request cannot be used."),
        gettext_lazy("The list of errors says where and what."),
    ),
    "too_many": (
        429, gettext_lazy("The quota of this key is used up."),
        gettext_lazy("Wait as many seconds as the header Retry-After says."),
    ),
    "broken": (
        500, gettext_lazy("The request could not be answered. It is our mistake."),
        gettext_lazy("Send it again with the same Idempotency-Key in a minute; nothing is done twice."),
    ),
    "still_sending": (
        503, gettext_lazy("Another request with this key is still sending its content."),
        gettext_lazy("Send one file after the other; wait as many seconds as the header Retry-After says."),
    ),
    "busy": (
        503, gettext_lazy("Too many files are being received at this moment."),
        gettext_lazy("Wait as many seconds as the header Retry-After says."),
    ),
}  # fmt: skip
MEDIA_TYPE = "application/problem+json"
TYPE = "/api/v1/#problem-{}"


class Refused(Exception):
    """The request is not answered; the code is one of `KINDS`."""

    def __init__(
        self, code: str, *, errors: list[dict[str, str]] | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(code)
        assert code in KINDS, f"{code} is no kind of problem"
        self.code, self.errors, self.headers = code, errors or [], headers or {}


def response(refused: Refused, instance: str) -> HttpResponse:
    """The problem document of a refusal."""
    status, title, cure = KINDS[refused.code]
    body: dict[str, Any] = {
        "type": TYPE.format(refused.code.replace("_", "-")), "title": str(title), "status": status,
        "detail": _sentences(title, cure), "instance": instance,
    }  # fmt: skip
    if refused.errors:
        body["errors"] = refused.errors
    answer = HttpResponse(
        json.dumps(body, ensure_ascii=False), status=status, content_type=MEDIA_TYPE, headers=refused.headers
    )
    if status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="huimin"'
    return answer


def _sentences(title: Any, cure: Any) -> str:
    return f"{title}{'' if (get_language() or '').startswith('zh') else ' '}{cure}"
