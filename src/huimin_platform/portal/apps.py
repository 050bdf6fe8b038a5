"""Tells Django of this room."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "huimin_platform.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"
