"""Tells Django of this room."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "huimin_platform.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"
