"""Who may serve: skills by confirmed papers, orders that ask for them, shares that are fair, and the person's own choice."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation
from tests.stages.funds_world import COUNTY, TODAY, VILLAGE, make_person, make_world
from tests.stages.services_world import (
    CODE,
    DAY,
    OTHER_CODE,
    Services,
    advance,
    at,
    make_contract,
    make_service_grant,
    make_services,
)

from huimin.delivery.skills import skills
from huimin_platform.base import access
from huimin_platform.base.models import AuditLine
from huimin_platform.delivery import actions
from huimin_platform.delivery.models import OrderMove, ServiceOrder
from huimin_platform.delivery.terms import service_of, skills_asked
from huimin_platform.matching.models import Entitlement
from huimin_platform.registry.tables import book
from huimin_platform.supply import actions as supply
from huimin_platform.supply import queries
from huimin_platform.supply.models import Qualification

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def made(make_user) -> Services:
    return make_services(make_user)


def qualify(make_user: Any, code: str, *skills: str, ends_on: date | None = None) -> None:
    one, two = make_user("county", division=COUNTY), make_user("finance", division=COUNTY)
    for skill in skills:
        held = supply.add_qualification(
            provider=code, skill=skill, paper=f"证书-{skill}", ends_on=ends_on, at=at(TODAY), by=one
        )
        supply.confirm_qualification(qualification=held.pk, at=at(TODAY), by=two)


def ask(made: Services, *skills: str) -> ServiceOrder:
    return actions.ask_for_skills(
        order=made.order.pk, skills=skills, reason="评估：夜间需翻身", at=at(DAY), by=made.officer
    )


def again(order: ServiceOrder) -> ServiceOrder:
    advance(DAY)
    return ServiceOrder.objects.get(pk=order.pk)


def test_a_qualification_takes_two_persons_and_counts_until_its_end(made, make_user) -> None:
    one, two = make_user("county", division=COUNTY), make_user("county", division=COUNTY)
    said: dict[str, Any] = {
        "provider": CODE,
        "skill": "night_care",
        "paper": "名册 3 号",
        "ends_on": date(2026, 9, 1),
    }
    held = supply.add_qualification(**said, at=at(TODAY), by=one)
    assert supply.add_qualification(**said, at=at(TODAY), by=one) == held
    assert queries.skills_held([CODE], DAY) == {}
    with pytest.raises(supply.CannotBe, match="Somebody else"):
        supply.confirm_qualification(qualification=held.pk, at=at(TODAY), by=one)
    with pytest.raises(IntegrityError), transaction.atomic():
        Qualification.objects.update(confirmed_by=one, confirmed_at=at(TODAY))
    supply.confirm_qualification(qualification=held.pk, at=at(TODAY), by=two)
    assert queries.skills_held([CODE, OTHER_CODE], DAY) == {CODE: {"night_care"}}
    assert queries.skills_held([CODE], date(2026, 9, 1)) == {}
    for wrong, words in (
        ({"skill": "magic"}, "skills"),
        ({"paper": " "}, "paper"),
        ({"ends_on": None}, "another last day"),
    ):
        with pytest.raises(supply.CannotBe, match=words):
            supply.add_qualification(**(said | wrong), at=at(TODAY), by=one)
    for role in ("auditor", "leader", "finance", "village"):
        with pytest.raises(access.NotAllowed):
            supply.add_qualification(**said, at=at(TODAY), by=make_user(role, division=COUNTY))


def test_an_order_asks_what_the_decision_found_of_the_person(made) -> None:
    service = service_of(made.order.policy, made.order.started_on)
    assert service is not None
    assert dict(service.skills) == {"partly": ("care_partly",), "unable": ("care_unable",)}
    for words, asked in (("不能自理", ("care_unable",)), ("部分不能自理", ("care_partly",)), ("能自理", ())):
        fact = ["person.self_care", {"zh": "自理", "en": "x"}, {"zh": words, "en": "x"}]
        trace = {"members": [{"person": made.person.pk, "facts": [fact]}, {"person": 0, "facts": []}]}
        Entitlement.objects.filter(pk=made.grant.case_item.entitlement_id).update(trace=trace)
        made.grant.case_item.entitlement.refresh_from_db()
        assert skills_asked(service, made.grant, made.person.pk) == asked


def test_policies_ask_for_skills_and_values_that_there_are() -> None:
    asked = [each.service for each in book().policies if each.service and each.service.skills]
    assert asked
    for service in asked:
        assert {value for value, _names in service.skills} <= set(
            book().facts[service.skills_by].value_titles
        )
        assert {name for _value, names in service.skills for name in names} <= skills().keys()


def test_a_need_for_which_nobody_is_qualified_is_said_to_the_officer(made, make_user, client) -> None:
    make_contract(make_user, code=OTHER_CODE, number="C2")
    ask(made, "night_care", "rehabilitation")
    actions.take_back_order(order=made.order.pk, reason="没有夜班", at=at(DAY), by=made.officer)
    order = again(made.order)
    assert (order.state, order.stuck) == ("waiting", "skills")
    qualify(make_user, OTHER_CODE, "night_care")
    assert again(order).stuck == "skills"
    for language, listed, alone, card in (
        (
            "en",
            "No provider has the skills that are needed",
            "Rehabilitation",
            "Services nobody can be asked for",
        ),
        ("zh-hans", "没有具备所需资质的服务机构", "康复服务", "无机构可派单的服务"),
    ):
        made.officer.language = language
        made.officer.save()
        client.cookies["huimin_language"] = language
        client.force_login(made.officer)
        assert listed in client.get("/services/?state=stuck").content.decode()
        page = client.get(f"/services/{order.pk}/").content.decode()
        assert listed in page
        assert f"<strong>{alone}</strong>" in page
        assert card in client.get("/").content.decode()
    qualify(make_user, OTHER_CODE, "rehabilitation")
    order = again(order)
    assert (order.state, order.contract_id, order.stuck) == ("offered", "C2", "")
    assert "stuck" not in client.get("/").content.decode()


@pytest.mark.parametrize("stuck", ["room", "declined", "contract"])
def test_why_nobody_is_asked_has_a_name(made, make_user, stuck) -> None:
    day = DAY
    if stuck == "room":
        grant = make_service_grant(made.world, make_person(made.world, 2))
        make_contract(make_user, code=OTHER_CODE, number="C2", most_persons=1)
        ServiceOrder.objects.filter(grant=grant).update(contract="C2", state="accepted")
    if stuck == "contract":
        # The only contract is over by then.
        day = date(2027, 2, 1)
    else:
        actions.take_back_order(order=made.order.pk, reason="x", at=at(DAY), by=made.officer)
    advance(day)
    assert ServiceOrder.objects.get(pk=made.order.pk).stuck == stuck


def test_a_contract_about_another_service_is_none_for_this_one(made, make_user) -> None:
    make_contract(make_user, code=OTHER_CODE, number="C2", service="meals")
    actions.take_back_order(order=made.order.pk, reason="x", at=at(DAY), by=made.officer)
    assert (again(made.order).state, again(made.order).stuck) == ("waiting", "declined")


def test_who_serves_without_a_paper_is_shown_and_stays(made, make_user, client) -> None:
    qualify(make_user, CODE, "night_care", ends_on=DAY)
    ask(made, "night_care")
    client.cookies["huimin_language"] = "en"
    client.force_login(made.officer)
    page = client.get(f"/services/{made.order.pk}/").content.decode()
    assert "Who serves is not qualified for what is needed" in page
    assert again(made.order).state == "accepted"
    assert AuditLine.objects.filter(action="corrects", kind="service_order").count() == 1


def test_orders_are_shared_out_and_each_says_why(make_user, client) -> None:
    """Two contracts without a limit, twelve persons: by rating alone the better one had all twelve."""
    world = make_world()
    codes = {"C1": (CODE, 4.6), "C2": (OTHER_CODE, 3.4)}
    for number, (code, _estimate) in codes.items():
        make_contract(make_user, code=code, number=number)
    for _number, (code, estimate) in codes.items():
        rate(code, estimate)
    for number in range(1, 13):
        make_service_grant(world, make_person(world, number))
    assert Counter(ServiceOrder.objects.values_list("contract", flat=True)) == {"C1": 7, "C2": 5}
    move = OrderMove.objects.filter(move="offer").order_by("-pk").first()
    assert move is not None
    assert move.why[0]["contract"] == move.contract_id
    assert {each["contract"]: each["fair_percent"] for each in move.why} == {"C1": 60, "C2": 40}
    client.cookies["huimin_language"] = "en"
    client.force_login(make_user("village", division=VILLAGE))
    page = client.get(f"/services/{move.order_id}/").content.decode()
    assert "the one furthest below its fair share" in page
    assert "60 %" in page


def rate(code: str, estimate: float) -> None:
    from huimin_platform.supply.models import Rating

    Rating.objects.create(
        provider_id=code, on=TODAY, rated_at=at(TODAY), persons=12, answers=12, on_behalf=0, mean=estimate, estimate=estimate,
        low=estimate - 0.3, high=estimate + 0.3, division_estimate=4, division_persons=24, released=True,
    )  # fmt: skip


def test_the_person_chooses_another_provider(made, make_user, client) -> None:
    make_contract(make_user, code=OTHER_CODE, number="C2")
    rate(OTHER_CODE, 4.3)
    client.cookies["huimin_language"] = "en"
    client.force_login(made.resident)
    page = client.get("/mine/services/").content.decode()
    assert "Choose another provider" in page
    assert "residents give it 4.3 of 5" in page
    assert client.post(f"/mine/services/{made.order.pk}/choose/", {"contract": "C2"}).status_code == 302
    order = ServiceOrder.objects.get()
    assert (order.state, order.contract_id, order.declined) == ("offered", "C2", [])
    # Sent twice it is one choice; the loop leaves it, and the first provider no longer sees it.
    client.post(f"/mine/services/{made.order.pk}/choose/", {"contract": "C2"})
    assert again(order).contract_id == "C2"
    moves = OrderMove.objects.filter(move="choose")
    assert [(move.by, move.contract_id) for move in moves] == [(made.resident, "C2")]
    with pytest.raises(actions.CannotBe, match="not yours"):
        actions.accept_order(order=order.pk, at=at(DAY), by=made.provider)
    # The chosen one may decline; then the next is asked as always.
    second = make_user("provider", department=OTHER_CODE)
    actions.decline_order(order=order.pk, reason="人手不足", at=at(DAY), by=second)
    order = again(order)
    assert (order.state, order.contract_id, order.declined) == ("offered", "C1", ["C2"])


def test_who_is_full_unqualified_or_elsewhere_cannot_be_chosen_nor_by_strangers(made, make_user) -> None:
    make_contract(make_user, code=OTHER_CODE, number="C2")
    ask(made, "nursing")
    said: dict[str, Any] = {"order": made.order.pk, "contract": "C2", "at": at(DAY)}
    with pytest.raises(actions.CannotBe, match="not qualified"):
        actions.choose_provider(**said, reason="", by=made.resident)
    with pytest.raises(actions.CannotBe, match="not qualified"):
        actions.choose_provider(**(said | {"contract": "C9"}), reason="", by=made.resident)
    qualify(make_user, OTHER_CODE, "nursing")
    stranger = make_person(made.world, 9)
    strangers = [make_user("resident", person_id=stranger.pk), make_user("village", division="330127999000")]
    for by in (
        *strangers,
        make_user("auditor", division=COUNTY),
        make_user("leader", division=COUNTY),
        made.provider,
    ):
        with pytest.raises(access.NotAllowed):
            actions.choose_provider(**said, reason="x", by=by)
    with pytest.raises(actions.CannotBe, match="reason"):
        actions.choose_provider(**said, reason=" ", by=made.officer)
    actions.choose_provider(**said, reason="本人电话要求", by=made.officer)
    assert ServiceOrder.objects.get().contract_id == "C2"


def test_qualifications_are_made_on_the_page_of_a_provider(
    made, make_user, client, django_assert_max_num_queries
) -> None:
    one, two = make_user("county", division=COUNTY, language="en"), make_user("leader", division=COUNTY)
    client.cookies["huimin_language"] = "en"
    address = f"/purchases/providers/{CODE}/"
    client.force_login(one)
    bad = client.post(f"{address}skills/", {"skill": "night_care", "paper": "", "ends_on": "2027-1-1"})
    assert bad.status_code == 422
    form = {"skill": "night_care", "paper": "名册 3 号", "ends_on": "2027-1-1"}
    assert client.post(f"{address}skills/", form).status_code == 302
    held = Qualification.objects.get()
    client.post(f"{address}skills/{held.pk}/confirm/")
    held.refresh_from_db()
    assert held.confirmed_by is None
    client.force_login(two)
    client.post(f"{address}skills/{held.pk}/confirm/")
    held.refresh_from_db()
    assert (held.confirmed_by, held.ends_on) == (two, date(2027, 1, 1))
    with django_assert_max_num_queries(14):
        page = client.get(address).content.decode()
    assert "Care at night" in page
    assert client.post(f"/purchases/providers/{OTHER_CODE}/skills/{held.pk}/confirm/").status_code == 404
