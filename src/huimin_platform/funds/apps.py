"""Tells Django of this room."""

from django.apps import AppConfig


class FundsConfig(AppConfig):
    name = "huimin_platform.funds"
    label = "funds"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every request asks once at most what projects are called."""
        from django.core.signals import request_started

        from huimin_platform.funds import purposes

        request_started.connect(purposes.look_again, dispatch_uid="projects")
