"""How confidential each field is: public, internal, personal, sensitive.

Every model says it in `data_classes`; tests/architecture/test_data_classes.py finds the field that was
forgotten.
"""

import functools
from typing import Literal, get_args

from django.apps import apps
from django.db import models

DataClass = Literal["public", "internal", "personal", "sensitive"]
CLASSES: tuple[DataClass, ...] = get_args(DataClass)


def of_field(model: type[models.Model], field: str) -> DataClass:
    """The class of a field of one of our models."""
    return model.data_classes[field]  # type: ignore[attr-defined]


@functools.cache
def of_place(where: str) -> DataClass:
    """The class of `stage.model.field`; what no model declares counts as sensitive."""
    stage, _, rest = where.partition(".")
    name, _, field = rest.partition(".")
    try:
        declared = apps.get_model(stage, name).data_classes  # type: ignore[attr-defined]
    except (LookupError, AttributeError, ValueError):
        return "sensitive"
    return declared.get(field) or declared.get(f"{field}_sealed") or "sensitive"


def forgotten(model: type[models.Model]) -> list[str]:
    """What is wrong with a model's `data_classes`, a phrase each; empty when every field is classed."""
    declared = model.__dict__.get("data_classes", {})
    fields = {field.name for field in model._meta.local_concrete_fields}
    faults = [f"{name} has no class" for name in sorted(fields - declared.keys())]
    faults += [f"{name} is classed but is no field" for name in sorted(declared.keys() - fields)]
    return faults + [
        f"{name} has the unknown class {value}" for name, value in declared.items() if value not in CLASSES
    ]
