"""The preferences form and the gallery of components."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.http import require_POST, require_safe

from huimin_platform.design import examples, preferences


@require_POST
def set_preferences(request: HttpRequest) -> HttpResponse:
    """Remembers language, print size or scheme, and goes back to where the reader was."""
    response = redirect(preferences.safe_return(request.POST.get("next", "/")))
    secure = bool(getattr(settings, "SESSION_COOKIE_SECURE", False))
    preferences.remember(response, request.POST.dict(), secure=secure)
    return response


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component with an example; `?language=en&scheme=dark&print=large` shows it that way."""
    asked = preferences.of(request)
    language = request.GET.get("language", "")
    if language in preferences.LANGUAGES:
        translation.activate(language)
        request.LANGUAGE_CODE = language
    shown = preferences.Preferences(
        language=translation.get_language() or "zh-hans",
        print=request.GET.get("print") if request.GET.get("print") in preferences.PRINTS else asked.print,
        scheme=request.GET.get("scheme")
        if request.GET.get("scheme") in preferences.SCHEMES
        else asked.scheme,
    )
    return render(request, "design/gallery.html", {**examples.everything(request), "preferences": shown})
