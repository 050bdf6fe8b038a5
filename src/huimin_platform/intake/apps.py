"""Tells Django of this room."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "huimin_platform.intake"
    label = "intake"
    default_auto_field = "django.db.models.BigAutoField"
