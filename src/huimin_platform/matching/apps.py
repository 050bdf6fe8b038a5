"""Tells Django of this room."""

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "huimin_platform.matching"
    label = "matching"
    default_auto_field = "django.db.models.BigAutoField"
