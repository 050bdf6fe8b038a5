"""Tells Django of this room."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "huimin_platform.delivery"
    label = "delivery"
    default_auto_field = "django.db.models.BigAutoField"
