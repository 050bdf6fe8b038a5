"""Tells Django of this room."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "huimin_platform.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"
