"""Tells Django of this room."""

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "huimin_platform.feedback"
    label = "feedback"
    default_auto_field = "django.db.models.BigAutoField"
