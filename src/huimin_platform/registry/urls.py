"""Addresses of the registry."""

from django.urls import path

from huimin_platform.registry import pages

app_name = "registry"
urlpatterns = [
    path("review/", pages.review, name="review"),
    path("review/<int:pair>/", pages.pair, name="pair"),
    path("review/<int:pair>/decide/", pages.decide, name="decide"),
]
