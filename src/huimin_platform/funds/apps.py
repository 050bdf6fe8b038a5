"""Tells Django of this room."""

from django.apps import AppConfig


class FundsConfig(AppConfig):
    name = "huimin_platform.funds"
    label = "funds"
    default_auto_field = "django.db.models.BigAutoField"
