"""What became of a need: a policy fits, help has arrived; worked out, so that what is undone is undone here too."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.stages.funds_world import (
    AT,
    COUNTY,
    TODAY,
    World,
    make_entitlement,
    make_grant,
    make_household,
    make_payment,
    make_person,
    make_world,
)
from tests.stages.services_world import DAY, at, make_services, visit

from huimin_platform.cases.models import Case, CaseItem
from huimin_platform.delivery import confirming
from huimin_platform.evaluation import steps as evaluation
from huimin_platform.evaluation.queries import answers, measure
from huimin_platform.evaluation.queries.catalogue import COMPUTATIONS
from huimin_platform.matching.models import Entitlement
from huimin_platform.needs import actions
from huimin_platform.needs.models import Need
from huimin_platform.portal.export_tables import TABLES
from huimin_platform.registry.models import Fact, Household

pytestmark = pytest.mark.django_db
BEFORE, LATER = AT - timedelta(days=1), AT + timedelta(days=2)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def home(world: World) -> Household:
    return make_household(world, make_person(world, 1))


def need(home: Household, kind: str = "medical_burden") -> Need:
    return actions.raise_need(
        key=f"{kind}/{home.pk}", kind=kind, level="safety", household_id=home.pk, person_id=None, reason={"zh": "费用高"},
        source="indicator", at=AT, by="system",
    )  # fmt: skip


def asked(one: Need) -> Any:
    return answers.met(answers.matched(Need.objects.filter(pk=one.pk)), TODAY).get()


def progress(one: Need) -> str:
    """How far a need is, told of it alone and by asking for all that are so far, which must agree."""
    far = answers.progress(asked(one))
    for each in answers.SO_FAR:
        among = answers.so_far(Need.objects.all(), each, TODAY).filter(pk=one.pk).exists()
        assert among == (far == {"waiting": "open"}.get(each, each)), (far, each)
    return far


def figure(name: str) -> tuple[int, int]:
    found = measure.fractions(COMPUTATIONS[name](TODAY)).get("330127000000")
    return (int(found.numerator), int(found.denominator)) if found else (0, 0)


def test_an_answer_of_a_policy_that_answers_the_need_matches_it_and_others_do_not(
    world: World, home: Household
) -> None:
    one = need(home)
    make_entitlement(world, home, "subsistence_allowance")
    assert progress(one) == "open"
    answer = make_entitlement(world, home, "medical_aid")
    assert (progress(one), asked(one).matched_at) == ("matched", AT)
    Entitlement.objects.filter(pk=answer.pk).update(current=False)
    assert progress(one) == "open"


def test_a_policy_that_stands_in_for_one_answers_as_that_does(world: World, home: Household) -> None:
    one = need(home, "not_insured")
    make_entitlement(world, home, "zhejiang_insurance_contribution_aid")
    assert progress(one) == "matched"


def test_a_refused_case_answers_nothing(world: World, home: Household) -> None:
    one, grant = need(home), make_grant(world, home)
    Entitlement.objects.update(current=False)
    assert progress(one) == "matched"
    Case.objects.update(state="refused")
    assert progress(one) == "open"
    Case.objects.update(state="approved")
    CaseItem.objects.filter(pk=grant.case_item.pk).update(refused="不符合")
    assert progress(one) == "open"


@pytest.mark.parametrize(
    ("state", "answered", "far"),
    [("settled", LATER, "met"), ("returned", LATER, "matched"), ("sending", None, "matched"), ("settled", BEFORE, "matched")],
)  # fmt: skip
def test_money_on_the_card_since_the_need_was_raised_meets_it(
    world: World, home: Household, state: str, answered: Any, far: str
) -> None:
    one = need(home)
    make_payment(make_grant(world, home), state, answered)
    assert progress(one) == far
    assert figure("need_fulfilment") == (int(far == "met"), 1)


def test_money_for_something_else_meets_no_need(world: World, home: Household) -> None:
    one = need(home)
    make_payment(make_grant(world, home, policy="subsistence_allowance"))
    assert progress(one) == "open"


def test_a_roll_meets_a_need_while_it_says_so(world: World, home: Household) -> None:
    one = need(home, "income_below_standard")
    fact = Fact.objects.create(
        household=home, kind="allowance_on_roll", value=1, source_file=world.file, source_line=3, received_at=BEFORE,
        started_on=TODAY,
    )  # fmt: skip
    assert (progress(one), asked(one).met_at) == ("met", AT)
    Fact.objects.filter(pk=fact.pk).update(withdrawn_at=LATER)
    assert progress(one) == "open"


def test_a_standing_that_was_granted_meets_a_need(world: World, home: Household) -> None:
    one = need(home, "income_at_edge")
    grant = make_grant(world, home, policy="low_income_edge")
    type(grant).objects.filter(pk=grant.pk).update(kind="status", amount_fen=0, per="none")
    assert progress(one) == "met"


def test_only_an_accepted_proof_of_service_meets_a_need(make_user: Any) -> None:
    made = make_services(make_user)
    one = need(made.grant.household, "elder_alone")
    assert progress(one) == "matched"
    seen = visit(made)
    assert progress(one) == "matched"
    confirming.confirm(visit=seen.pk, at=at(DAY, 21), by=made.resident)
    assert progress(one) == "met"


def test_a_need_that_ended_counts_as_met_only_if_help_had_come(world: World, home: Household) -> None:
    one, other = need(home), need(home, "crowded_home")
    make_payment(make_grant(world, home))
    for each, on in ((one, TODAY + timedelta(days=3)), (other, TODAY)):
        Need.objects.filter(pk=each.pk).update(state="closed", closed_on=on)
    assert (progress(one), progress(other)) == ("met", "closed")
    assert figure("need_fulfilment") == (1, 1)
    Need.objects.filter(pk=one.pk).update(closed_on=TODAY)
    assert figure("need_fulfilment") == (0, 0), "it ended before the money came"


def test_needs_that_no_policy_answers_are_counted_apart_and_the_page_says_so(
    world: World, home: Household, client: Client, make_user: Any
) -> None:
    need(home)
    need(home, "dropped_out")
    make_payment(make_grant(world, home))
    assert figure("need_fulfilment") == (1, 2)
    assert figure("need_fulfilment_by_policy") == (1, 1)
    evaluation.advance(today=TODAY, at=AT, progress=lambda words: None)
    client.force_login(make_user("leader", division=COUNTY))
    client.cookies["huimin_language"] = "en"
    page = client.get("/indicators/need_fulfilment/")
    assert page.context["beside"]["left_out"] == 1
    words = page.content.decode()
    assert "50.0 %" in words
    assert "Need fulfilment rate, of needs that a policy answers" in words
    assert "100.0 %" in words
    assert "Counted apart" not in client.get("/indicators/need_fulfilment_by_policy/").content.decode()


def test_the_list_and_the_export_take_needs_by_how_far_they_are(
    world: World, home: Household, client: Client, make_user: Any, django_assert_max_num_queries: Any
) -> None:
    met, fitting, waiting = need(home), need(home, "income_below_standard"), need(home, "dropped_out")
    make_payment(make_grant(world, home))
    make_entitlement(world, home, "subsistence_allowance")
    officer = make_user("county", division=COUNTY)
    client.force_login(officer)
    client.cookies["huimin_language"] = "en"
    listed = {
        "met": {met},
        "matched": {fitting},
        "waiting": {waiting},
        "open": {met, fitting, waiting},
        "closed": set(),
    }
    for state, wanted in listed.items():
        page = client.get("/needs/", {"state": state})
        assert {each for each, *_rest in page.context["rows"]} == wanted, state
        rows = TABLES["needs"].rows(officer, {"state": state}, None)
        assert {each.pk for each in rows} == {each.pk for each in wanted}, state
    with django_assert_max_num_queries(9):
        words = client.get("/needs/").content.decode()
    assert "Met: help has arrived" in words
    assert "A policy fits" in words
    far = make_user("county", division="110101000000")
    assert not TABLES["needs"].rows(far, {"state": "met"}, None).exists()


def test_hours_to_the_match_count_what_answers_the_need_alone(
    world: World, home: Household, make_user: Any
) -> None:
    one, officer = need(home), make_user("county", division=COUNTY)
    actions.respond(need=one.pk, at=AT + timedelta(hours=1), by=officer)
    make_grant(world, home, policy="subsistence_allowance")
    assert figure("response_match_hours") == (0, 0)
    world.run.at = AT + timedelta(hours=5)
    world.run.save()
    make_entitlement(world, home)
    assert figure("response_match_hours") == (4, 1)


def test_the_page_says_what_answers_a_need(
    world: World, home: Household, client: Client, make_user: Any, django_assert_max_num_queries: Any
) -> None:
    one, other = need(home), need(home, "dropped_out")
    client.force_login(make_user("county", division=COUNTY))
    client.cookies["huimin_language"] = "en"
    page = client.get(f"/needs/{one.pk}/").content.decode()
    assert "No case of the household answers it yet." in page
    assert "No policy pays or serves for it." in client.get(f"/needs/{other.pk}/").content.decode()
    grant = make_grant(world, home)
    assert f"Case {grant.case_number}" in client.get(f"/needs/{one.pk}/").content.decode()
    make_payment(grant)
    with django_assert_max_num_queries(8):
        page = client.get(f"/needs/{one.pk}/").content.decode()
    assert "Met: help has arrived" in page
    far = make_user("county", division="110101000000")
    client.force_login(far)
    assert client.get(f"/needs/{one.pk}/").status_code == 404
