"""Tells Django of this room."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "huimin_platform.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"
