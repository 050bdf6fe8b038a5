"""Addresses of the needs stage."""

from django.urls import path

from huimin_platform.needs import pages

app_name = "needs"
urlpatterns = [path("needs/", pages.needs, name="needs")]
