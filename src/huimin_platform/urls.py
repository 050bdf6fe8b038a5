"""Addresses of all rooms."""

from django.urls import include, path

urlpatterns = [
    path("", include("huimin_platform.design.urls")),
    path("", include("huimin_platform.base.urls")),
    path("", include("huimin_platform.intake.urls")),
    path("", include("huimin_platform.registry.urls")),
    path("", include("huimin_platform.needs.urls")),
    path("", include("huimin_platform.matching.urls")),
    path("", include("huimin_platform.cases.urls")),
    path("", include("huimin_platform.delivery.urls")),
    path("", include("huimin_platform.funds.urls")),
    path("", include("huimin_platform.feedback.urls")),
    path("", include("huimin_platform.evaluation.urls")),
    path("api/v1/", include("huimin_platform.portal.api.urls")),
    path("", include("huimin_platform.portal.urls")),
]
handler403 = "huimin_platform.base.pages.errors.not_allowed"
handler404 = "huimin_platform.base.pages.errors.not_found"
handler500 = "huimin_platform.base.pages.errors.broken"
