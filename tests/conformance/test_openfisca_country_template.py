"""The OpenFisca country template's own YAML tests, unmodified, hold for its rules written in our format.

One test for each of its named cases. Expected values are compared exactly, or within the margin that the case names;
each is computed and, where one household is asked, explained too.
"""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.conformance import country_adapter

template = pytest.importorskip(
    "openfisca_country_template", reason="openfisca-country-template is not installed"
)
CASES = list(country_adapter.cases(Path(template.__path__[0]) / "tests"))


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_openfisca_country_template(case: dict[str, Any], tmp_path: Path) -> None:
    of = country_adapter.book(case, tmp_path)
    people, sets = country_adapter.situation(case), country_adapter.replaced(case)
    margin = Fraction(str(case.get("absolute_error_margin", 0)))
    wanted = country_adapter.expected(case, people)
    assert wanted
    for each in wanted:
        found = list(country_adapter.answers(of, each, people, sets, "interpreted"))
        assert found
        for value in found:
            same = (
                value == each.value
                if isinstance(each.value, (str, bool))
                else abs(value - each.value) <= margin
            )
            assert same, (each, value)


def test_openfisca_country_template_has_all_its_cases() -> None:
    assert len(CASES) == 38
    assert len({name for name, _ in CASES}) == 38
