"""The design room: tokens, components, the base page and the gallery that shows them."""

from django.apps import AppConfig


class DesignConfig(AppConfig):
    name = "huimin_platform.design"
    label = "design"
