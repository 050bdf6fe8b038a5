"""Tells Django of this room."""

from django.apps import AppConfig


class SupplyConfig(AppConfig):
    name = "huimin_platform.supply"
    label = "supply"
    default_auto_field = "django.db.models.BigAutoField"
