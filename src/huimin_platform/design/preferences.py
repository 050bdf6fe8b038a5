"""How this reader wants pages: language, print size, scheme; in cookies, so that it works before sign-in."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.utils import translation

LANGUAGES = ("zh-hans", "en")
PRINTS = ("normal", "large")
SCHEMES = ("system", "light", "dark")
YEAR_SECONDS = 365 * 24 * 3600
LANGUAGE_COOKIE, PRINT_COOKIE, SCHEME_COOKIE = "huimin_language", "huimin_print", "huimin_scheme"


@dataclass(frozen=True)
class Preferences:
    """What the base page needs to know about the reader's eyes and tongue."""

    language: str
    print: str
    scheme: str

    @property
    def large(self) -> bool:
        return self.print == "large"

    @property
    def other_language(self) -> str:
        return "en" if self.language.startswith("zh") else "zh-hans"


def of(request: HttpRequest) -> Preferences:
    """The preferences of this request; words in cookies that we do not know count as not said."""
    return Preferences(
        language=translation.get_language() or LANGUAGES[0],
        print=_known(request.COOKIES.get(PRINT_COOKIE), PRINTS),
        scheme=_known(request.COOKIES.get(SCHEME_COOKIE), SCHEMES),
    )


def remember(response: HttpResponse, asked: dict[str, str], *, secure: bool) -> None:
    """Writes the asked-for preferences into cookies on the response."""
    for name, cookie, choices in (
        ("language", LANGUAGE_COOKIE, LANGUAGES),
        ("print", PRINT_COOKIE, PRINTS),
        ("scheme", SCHEME_COOKIE, SCHEMES),
    ):
        if asked.get(name) in choices:
            response.set_cookie(
                cookie, asked[name], max_age=YEAR_SECONDS, samesite="Lax", secure=secure, httponly=True
            )


def safe_return(text: str) -> str:
    """The path to go back to: only a path of this site, never another host."""
    parts = urlsplit(text)
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or text.startswith(("//", "/\\")):
        return "/"
    return text


def _known(text: str | None, choices: tuple[str, ...]) -> str:
    return text if text in choices else choices[0]
