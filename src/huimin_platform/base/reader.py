"""The reader of a page: in which language, in which role, and the name at the top of the page."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

LANGUAGES = dict(settings.LANGUAGES)


class ReaderLanguageMiddleware:
    """Speaks the language of the cookie, else of the user, else of the browser, else of the installation.

    A language chosen while signed in is remembered with the person.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or language)
        self._remember(request, response)
        return response

    def _remember(self, request: HttpRequest, response: HttpResponse) -> None:
        chosen = response.cookies.get(settings.LANGUAGE_COOKIE_NAME)
        user = getattr(request, "user", None)
        if chosen and chosen.value in LANGUAGES and user is not None and user.is_authenticated:
            get_user_model().objects.filter(pk=user.pk).update(language=chosen.value)


def known_signs(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Finds nothing at the address of a page with the sign NUL in it, which no text of the database can hold.

    The API says in its own form what is wrong with such an address.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        of_page = not request.path.startswith("/api/")
        if of_page and ("\0" in request.path or "%00" in request.META.get("QUERY_STRING", "")):
            raise Http404
        return get_response(request)

    return answer


def language_of(request: HttpRequest) -> str:
    """The language to answer this request in."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in LANGUAGES:
        return chosen
    # Only a request with a session can have a person behind it; others are spared the look-up.
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        remembered = getattr(request.user, "language", "")
        if remembered in LANGUAGES:
            return remembered
    for asked, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if asked.startswith("zh"):
            return "zh-hans"
        if asked.startswith("en"):
            return "en"
    return settings.LANGUAGE_CODE


def viewer(request: HttpRequest) -> dict[str, Any]:
    """`viewer` for the top of the base page: name, role, place and the addresses of sign-out and search."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"viewer": None}
    from huimin_platform.base.places import division_name

    return {
        "viewer": {
            "name": str(user),
            "role": user.get_role_display(),
            "place": division_name(user.division),
            "sign_out_url": reverse("base:sign_out"),
            "search_url": _search_url(user),
        }
    }


def _search_url(user: Any) -> str:
    if user.role in ("resident", "leader", "operator", "finance", "appraiser", "provider"):
        return ""
    try:
        return reverse("portal:find")
    except NoReverseMatch:
        return ""
