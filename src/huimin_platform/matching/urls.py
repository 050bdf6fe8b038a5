"""Addresses of the matching stage."""

from django.urls import path

from huimin_platform.matching import pages

app_name = "matching"
urlpatterns = [
    path("findings/", pages.findings, name="findings"),
    path("findings/<int:finding>/", pages.finding, name="finding"),
]
