"""Addresses of all rooms."""

from importlib.util import find_spec

from django.urls import include, path

ROOMS = [
    "design", "base", "supply", "intake", "registry", "needs", "matching", "cases", "delivery", "funds",
    "feedback", "evaluation", "portal",
]  # fmt: skip
urlpatterns = [
    path("", include(f"huimin_platform.{room}.urls"))
    for room in ROOMS
    if find_spec(f"huimin_platform.{room}.urls")
]
handler403 = "huimin_platform.base.pages.errors.not_allowed"
handler404 = "huimin_platform.base.pages.errors.not_found"
handler500 = "huimin_platform.base.pages.errors.broken"
