"""Every field of every model of ours says how confidential it is."""

import django.apps
import pytest
from django.db import models
from django.test.utils import isolate_apps

from huimin_platform.base import classes


def our_models() -> list[type[models.Model]]:
    return [m for m in django.apps.apps.get_models() if m.__module__.startswith("huimin_platform.")]


def test_every_field_has_a_class() -> None:
    assert {m._meta.label: faults for m in our_models() if (faults := classes.forgotten(m))} == {}


@isolate_apps("huimin_platform.base")
def test_a_forgotten_field_is_found() -> None:
    class Planted(models.Model):
        said = models.TextField()
        unsaid = models.TextField()
        data_classes = {"id": "internal", "said": "personal", "gone": "public"}

        class Meta:
            app_label = "base"

    assert classes.forgotten(Planted) == ["unsaid has no class", "gone is classed but is no field"]


@pytest.mark.parametrize("model", our_models(), ids=lambda m: m._meta.label)
def test_identifying_values_are_never_kept_in_the_clear(model: type[models.Model]) -> None:
    """National id, phone, card and exact address are kept sealed, with a blind index beside."""
    clear = [
        f.name
        for f in model._meta.local_concrete_fields
        if f.name in {"national_id", "phone", "card", "address"} and not isinstance(f, models.BinaryField)
    ]
    assert clear == []
