"""Tells Django of this room."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "huimin_platform.evaluation"
    label = "evaluation"
    default_auto_field = "django.db.models.BigAutoField"
