"""Tells Django of this room."""

from django.apps import AppConfig


class NeedsConfig(AppConfig):
    name = "huimin_platform.needs"
    label = "needs"
    default_auto_field = "django.db.models.BigAutoField"
