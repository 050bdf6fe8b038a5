"""The page on the language of policies names all that the language has."""

import re
from pathlib import Path

import pytest

from huimin.rules.functions import SIGNATURES
from huimin.rules.loading import POLICY_KEYS

PAGE = (Path(__file__).parents[2] / "docs" / "policy-language.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_every_function_is_on_the_page(name: str) -> None:
    assert re.search(rf"`{name}\(", PAGE), name


@pytest.mark.parametrize("key", POLICY_KEYS)
def test_every_key_of_a_policy_is_on_the_page(key: str) -> None:
    assert f"`{key}`" in PAGE.partition("## Parameters")[0], key
