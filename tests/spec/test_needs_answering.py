"""Which policies answer a need: named with it, and with those that stand in for them somewhere."""

from pathlib import Path

import huimin_policies
from huimin import needs, rules


def test_a_need_names_policies_that_there_are_and_those_that_stand_in_for_them() -> None:
    found = needs.load(rules.load(Path(huimin_policies.__file__).parent))
    known = set(found.book.names)
    assert {name for need in found.needs for name in need.answered_by} <= known
    answering = needs.answering(found)
    assert answering["medical_burden"][0] == "medical_aid"
    assert "zhejiang_insurance_contribution_aid" in answering["not_insured"]
    assert "dropped_out" not in answering
