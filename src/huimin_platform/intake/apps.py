"""Tells Django of this room."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "huimin_platform.intake"
    label = "intake"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every request asks once which contracts this place has."""
        from django.core.signals import request_started

        from huimin_platform.intake import contracts

        request_started.connect(contracts.look_again, dispatch_uid="contracts")
