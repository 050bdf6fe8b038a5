"""Models: keys across stages are protected and one-way."""

import django.apps
from django.db import models


def stage_models() -> list[type[models.Model]]:
    return [m for m in django.apps.apps.get_models() if m.__module__.startswith("huimin_platform.")]


def test_keys_across_stages_are_protected_and_one_way() -> None:
    faults = []
    for model in stage_models():
        for field in model._meta.get_fields():
            if not isinstance(field, models.ForeignKey):
                continue
            other = field.remote_field.model
            if other._meta.app_label == model._meta.app_label:
                continue
            if field.remote_field.on_delete is not models.PROTECT:
                faults.append(f"{model._meta.label}.{field.name}: on_delete is not PROTECT")
            if field.remote_field.related_name != "+":
                faults.append(f"{model._meta.label}.{field.name}: related_name is not '+'")
    assert faults == []


def test_stage_models_are_found() -> None:
    assert {m._meta.app_label for m in stage_models()} >= {"intake", "registry", "matching", "cases", "funds"}
