"""Tells Django of this room."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "huimin_platform.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every request asks once which texts of policies were signed."""
        from django.core.signals import request_started

        from huimin_platform.registry import tables

        request_started.connect(tables.look_again, dispatch_uid="signed_texts")
