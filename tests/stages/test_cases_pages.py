"""The officer's pages: my work, cases, one case with its forms."""

# ruff: noqa: F401, F811 - fixtures are imported by name

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.stages.funds_world import AT, COUNTY, TODAY, VILLAGE
from tests.stages.test_cases_decisions import county, open_case, review, township, world

from huimin_platform.base import audit
from huimin_platform.cases import actions, queries, steps
from huimin_platform.cases.models import Case, Decision, Step

pytestmark = pytest.mark.django_db


@pytest.fixture
def today(settings):
    settings.HUIMIN_TODAY = TODAY


@pytest.fixture
def signed_in(client, county, today):
    client.force_login(county)
    client.cookies["huimin_language"] = "en"
    return client


def fields(response) -> dict[str, str]:
    """The hidden fields of the decision form."""
    text = response.content.decode()
    return dict(re.findall(r'type="hidden" name="(key|version)" value="([^"]+)"', text))


def test_my_work_counts_and_lists(signed_in, world, make_user) -> None:
    case = open_case(world)
    text = signed_in.get("/work/").content.decode()
    assert "Waiting on others" in text
    assert case.number in text
    signed_in.force_login(make_user("township", division="330127208000"))
    text = signed_in.get("/work/").content.decode()
    assert re.search(r"Give an opinion|提出审核意见", text)


def test_late_work_comes_first(signed_in, world, settings, make_user) -> None:
    open_case(world)
    settings.HUIMIN_TODAY = TODAY + timedelta(days=30)
    steps.advance(today=settings.HUIMIN_TODAY, at=AT, progress=lambda text: None)
    signed_in.force_login(make_user("township", division="330127208000"))
    response = signed_in.get("/work/")
    assert response.context["shown"] == "late"
    assert "The level above knows" in response.content.decode()


def test_lists_take_a_fixed_number_of_queries(signed_in, world, django_assert_num_queries) -> None:
    def queries_of(address: str) -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert signed_in.get(address).status_code == 200
        return len(seen)

    open_case(world, 1)
    addresses = [
        "/work/?show=waiting",
        "/work/?show=due",
        "/cases/",
        "/cases/?state=reviewing&policy=medical_aid&late=1",
    ]
    before = [queries_of(address) for address in addresses]
    for number in range(2, 12):
        open_case(world, number)
    assert [queries_of(address) for address in addresses] == before
    assert max(before) <= 16


def test_the_list_counts_the_steps_that_are_left_of_each_case(signed_in, world, county) -> None:
    made = [open_case(world, number) for number in (1, 2, 3)]
    Step.objects.filter(case=made[0]).update(state="done", done_at=AT, reason="看过")
    made[1].steps.filter(pk=made[1].steps.filter(state="open")[0].pk).update(
        state="done", done_at=AT, reason="看过"
    )
    left = {case.number: case.steps.filter(state__in=queries.UNFINISHED).count() for case in made}
    assert 0 == left[made[0].number] < left[made[1].number] == left[made[2].number] - 1
    for order, numbers in (
        ("steps_left", sorted(left, key=left.__getitem__)),
        ("-steps_left", sorted(left, key=lambda each: -left[each])),
    ):
        page = signed_in.get(f"/cases/?sort={order}").context["page"]
        assert {case.number: case.steps_left for case in page} == left
        assert [case.number for case in page] == numbers


def test_a_case_takes_a_fixed_number_of_queries(signed_in, world, township) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    case = open_case(world, policy="subsistence_allowance")
    with CaptureQueriesContext(connection) as seen:
        assert signed_in.get(f"/cases/{case.number}/").status_code == 200
    first = len(seen)
    review(case, township)
    with CaptureQueriesContext(connection) as seen:
        assert signed_in.get(f"/cases/{case.number}/").status_code == 200
    # One more reads the names of those who did a step.
    assert len(seen) <= first + 1 <= 22


def test_the_filter_lives_in_the_address(signed_in, world) -> None:
    first, second = open_case(world, 1), open_case(world, 2, "subsistence_allowance")
    text = signed_in.get("/cases/?policy=medical_aid").content.decode()
    assert first.number in text
    assert second.number not in text
    assert first.number not in signed_in.get("/cases/?state=approved").content.decode()
    assert second.number in signed_in.get(f"/cases/?number={second.number[-4:]}").content.decode()


def test_a_case_shows_why_evidence_steps_and_deadlines(signed_in, world) -> None:
    case = open_case(world)
    text = signed_in.get(f"/cases/{case.number}/").content.decode()
    for words in (
        "Met",
        "Nothing about this household",
        "Due by 3 July 2026",
        "Healthcare security bureau",
        "Medical aid",
    ):
        assert words in text, words
    assert case.applicant.name not in text


def test_opening_a_case_is_kept_with_its_purpose(signed_in, world, county) -> None:
    case = open_case(world)
    signed_in.get(f"/cases/{case.number}/")
    looked = audit.looks("person", case.applicant_id).get()
    assert (looked.by_user, looked.action, looked.purpose) == (county, "opens", f"case {case.number}")
    assert audit.looks("case", case.number).filter(action="opens").count() == 1


def test_a_case_elsewhere_is_not_found(client, world, make_user, today) -> None:
    case = open_case(world)
    client.force_login(make_user("county", division="330182000000"))
    assert client.get(f"/cases/{case.number}/").status_code == 404
    assert client.post(f"/cases/{case.number}/decision/").status_code == 404
    assert case.number not in client.get("/cases/").content.decode()


def test_a_decision_by_form(signed_in, world, township) -> None:
    case = open_case(world)
    address = f"/cases/{case.number}/decision/"
    hidden = fields(signed_in.get(f"/cases/{case.number}/"))
    wrong = signed_in.post(address, {**hidden, "outcome": "refuse", "reason": ""})
    assert wrong.status_code == 422
    assert "the resident will read it" in wrong.content.decode()
    early = signed_in.post(address, {**hidden, "outcome": "approve", "reason": "ok"})
    assert early.status_code == 409
    assert "not done yet" in early.content.decode()
    review(case, township)
    hidden = fields(signed_in.get(f"/cases/{case.number}/"))
    given = {**hidden, "outcome": "approve", "reason": "核实无误"}
    assert signed_in.post(address, given).status_code == 302
    assert signed_in.post(address, given).status_code == 302
    assert Decision.objects.get().reason == "核实无误"
    assert "核实无误" in signed_in.get(f"/cases/{case.number}/").content.decode()


def test_the_second_officer_reads_who_was_first(signed_in, world, make_user) -> None:
    case = open_case(world)
    hidden = fields(signed_in.get(f"/cases/{case.number}/"))
    other = make_user("county", division=COUNTY, name="李华")
    actions.decide(case=case, outcome="refuse", reason="不符合", at=AT, by=other)
    late = signed_in.post(
        f"/cases/{case.number}/decision/", {**hidden, "outcome": "return", "reason": "补材料"}
    )
    assert late.status_code == 409
    assert "李华 decided this case" in late.content.decode()
    assert Decision.objects.count() == 1


def test_who_is_refused_is_told_what_else_may_help(signed_in, world, make_user) -> None:
    case = open_case(world)
    address = f"/cases/{case.number}/"
    assert "Other policies that may help" not in signed_in.get(address).content.decode()
    other = make_user("county", division=COUNTY, name="李华")
    actions.decide(case=case, outcome="refuse", reason="不符合", at=AT, by=other)
    text = signed_in.get(address).content.decode()
    part = text[text.index("Other policies that may help") :]
    assert "/policies/" in part
    assert not any(f"/policies/{item.policy}/" in part for item in case.items.all())


def test_a_forged_key_is_refused_in_words(signed_in, world) -> None:
    case = open_case(world)
    answer = signed_in.post(
        f"/cases/{case.number}/decision/", {"key": "x", "version": "1", "outcome": "refuse", "reason": "x"}
    )
    assert answer.status_code == 422
    assert Case.objects.get().state == "reviewing"
    stranger = {"key": uuid4(), "version": "1", "outcome": "burn", "reason": "x"}
    assert signed_in.post(f"/cases/{case.number}/decision/", stranger).status_code == 422


def test_a_step_by_form(client, world, township, today) -> None:
    case = open_case(world)
    client.force_login(township)
    step = case.steps.get(key="review")
    address = f"/cases/{case.number}/steps/{step.pk}/"
    assert client.post(address, {"act": "complete", "reason": ""}).status_code == 422
    assert client.post(address, {"act": "complete", "reason": "入户核实"}).status_code == 302
    assert client.post(address, {"act": "complete", "reason": "入户核实"}).status_code == 302
    step.refresh_from_db()
    assert (step.state, step.done_by) == ("done", township)
    other = open_case(world, 2).steps.get(key="review")
    assert (
        client.post(f"/cases/{case.number}/steps/{other.pk}/", {"act": "complete", "reason": "x"}).status_code
        == 404
    )
    assert client.get(address).status_code == 405


def test_only_who_may_decide_sees_the_form(client, world, make_user, today) -> None:
    case = open_case(world)
    for role, division in (
        ("township", "330127208000"),
        ("village", VILLAGE),
        ("auditor", COUNTY),
        ("leader", COUNTY),
    ):
        client.force_login(make_user(role, division=division))
        response = client.get(f"/cases/{case.number}/")
        assert response.status_code == 200
        assert response.context["form"] is None


def test_a_step_is_paused_and_gone_on_with_by_form(client, world, township, today) -> None:
    case = open_case(world)
    client.force_login(township)
    client.cookies["huimin_language"] = "en"
    address = f"/cases/{case.number}/steps/{case.steps.get(key='review').pk}/"
    assert client.post(address, {"act": "pause", "reason": ""}).status_code == 422
    assert client.post(address, {"act": "pause", "reason": "等待文书"}).status_code == 302
    assert "The deadline stands still" in client.get(f"/cases/{case.number}/").content.decode()
    assert client.post(address, {"act": "complete", "reason": "x"}).status_code == 409
    assert client.post(address, {"act": "resume", "reason": "已收到"}).status_code == 302
    assert case.steps.get(key="review").state == "open"
