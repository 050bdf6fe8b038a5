"""A case is posted where the neighbours can read it; anybody objects, an officer answers, and it ends by itself."""

# ruff: noqa: F401, F811 - fixtures are imported by name

import re
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.stages.funds_world import AT, COUNTY, TODAY, VILLAGE
from tests.stages.test_cases_decisions import in_english, open_case, world

from huimin_platform.base import access
from huimin_platform.cases import actions, posting_queries, posting_sweeps, postings, queries, steps
from huimin_platform.cases.models import Case, Objection, Posting
from huimin_platform.registry.models import Person

pytestmark = pytest.mark.django_db
LAST = date(2026, 7, 8)


@pytest.fixture
def township(make_user):
    return make_user("township", division="330127208000", department="civil_affairs", name="陈静")


@pytest.fixture
def county(make_user):
    return make_user("county", division=COUNTY, department="civil_affairs", name="王明")


@pytest.fixture
def posted(world, township) -> Posting:
    """A case whose review is done, posted the same minute."""
    case = open_case(world, 1, "subsistence_allowance", 34_000)
    actions.complete_step(step=case.steps.get(key="review").pk, reason="入户核实", at=AT, by=township)
    return Posting.objects.get(case=case)


@pytest.fixture
def anybody(client, settings):
    settings.HUIMIN_TODAY = TODAY
    client.cookies["huimin_language"] = "en"
    return client


def advance(day: date) -> None:
    steps.advance(today=day, at=AT + (day - TODAY), progress=lambda text: None)


def test_the_review_posts_the_case_for_seven_days_and_nothing_is_decided_meanwhile(
    posted, township, county
) -> None:
    assert (posted.posted_on, posted.until, posted.division) == (TODAY, LAST, VILLAGE)
    assert posted.shown["name"] == "测**"
    assert posted.shown["policies"] == [{"policy": "subsistence_allowance", "members": 1}]
    for day in (TODAY, LAST):
        advance(day)
        with pytest.raises(actions.CannotBe):
            actions.decide(case=posted.case, outcome="approve", reason="", at=AT, by=county)
    assert not queries.steps_for(township).exists()
    with pytest.raises(actions.CannotBe, match="ends by itself"):
        actions.complete_step(step=posted.step_id, reason="x", at=AT + timedelta(days=20), by=county)
    counts = actions.decide_all_ready(outcome="approve", reason="x", at=AT, by=county, finish_steps=True)
    assert (counts["decided"], counts["steps"]) == (0, 0)
    advance(LAST + timedelta(days=1))
    posted.step.refresh_from_db()
    posted.refresh_from_db()
    assert (posted.step.state, posted.step.reason["en"]) == ("done", "Posted for its days; nobody objected.")
    assert posted.taken_down_on == LAST + timedelta(days=1)
    actions.decide(case=posted.case, outcome="approve", reason="", at=AT + timedelta(days=9), by=county)


def test_a_rerun_posts_and_takes_down_nothing_twice(posted) -> None:
    assert posting_sweeps.post_open(today=TODAY, at=AT) == 0
    day = LAST + timedelta(days=1)
    assert posting_sweeps.take_down(today=day, at=AT) == 1
    assert posting_sweeps.take_down(today=day, at=AT) == 0
    assert posting_sweeps.post_open(today=day, at=AT) == 0
    twice = {"case": posted.case, "step": posted.step, "shown": {}, "posted_on": TODAY, "until": LAST}
    Posting.objects.create(**twice)
    with pytest.raises(DatabaseError, match="posting_one_running_a_step"), transaction.atomic():
        Posting.objects.create(**twice)


def test_an_objection_holds_the_posting_until_an_officer_has_answered(posted, township, county) -> None:
    objection = actions.object_to(posting=posted.pk, text="他家有车", key="k", at=AT + timedelta(days=2))
    assert actions.object_to(posting=posted.pk, text="他家有车", key="k", at=AT).pk == objection.pk
    assert bytes(objection.text_sealed).find("他家有车".encode()) == -1
    assert postings.text_of(objection) == "他家有车"
    assert objection.step.level == "township"
    advance(LAST + timedelta(days=3))
    posted.step.refresh_from_db()
    assert posted.step.state == "open"
    for act in (actions.complete_step, actions.skip_step):
        with pytest.raises((actions.CannotBe, access.NotAllowed)):
            act(step=objection.step_id, reason="x", at=AT, by=county)
    given = {"outcome": "does_not_hold", "found": "车辆系邻居所有", "said": "已经核实，异议不成立。"}
    actions.answer_objection(objection=objection.pk, at=AT + timedelta(days=10), by=township, **given)
    actions.answer_objection(objection=objection.pk, at=AT + timedelta(days=10), by=township, **given)
    with pytest.raises(actions.Overtaken, match="陈静"):
        actions.answer_objection(objection=objection.pk, at=AT + timedelta(days=10), by=county, **given)
    advance(LAST + timedelta(days=3))
    posted.step.refresh_from_db()
    assert posted.step.reason["en"].endswith("does not hold.")


def test_where_the_law_says_so_it_hangs_again_after_an_objection(posted, township, monkeypatch) -> None:
    from dataclasses import replace

    rule = posting_sweeps._rule("subsistence_allowance", TODAY)
    assert rule is not None
    monkeypatch.setattr(posting_sweeps, "_rule", lambda policy, on: replace(rule, again_days=3))
    objection = actions.object_to(posting=posted.pk, text="x", key="k", at=AT)
    at = AT + timedelta(days=7)
    actions.answer_objection(
        objection=objection.pk, outcome="does_not_hold", found="x", said="y", at=at, by=township
    )
    posted.refresh_from_db()
    assert posted.until == date(2026, 7, 11)


def test_an_objection_that_holds_is_for_the_officer_who_decides(posted, township, county) -> None:
    objection = actions.object_to(posting=posted.pk, text="他家有车", key="k", at=AT)
    actions.answer_objection(
        objection=objection.pk, outcome="holds", found="名下有车", said="异议成立。", at=AT, by=township
    )
    advance(LAST + timedelta(days=1))
    posted.step.refresh_from_db()
    assert posted.step.reason["en"].startswith("What was said against it was checked and holds")
    case = Case.objects.get()
    assert case.state == "reviewing"
    actions.decide(case=case, outcome="refuse", reason="名下有车", at=AT, by=county)


def test_nobody_drowns_a_case_in_objections(posted) -> None:
    for number in range(20):
        actions.object_to(posting=posted.pk, text="x", key=str(number), at=AT)
    with pytest.raises(actions.CannotBe, match="Others have objected"):
        actions.object_to(posting=posted.pk, text="x", key="more", at=AT)
    with pytest.raises(actions.CannotBe, match="over"):
        actions.object_to(posting=posted.pk, text="x", key="late", at=AT + timedelta(days=8))


def test_a_case_decided_otherwise_hangs_no_longer(posted, county) -> None:
    actions.decide(case=posted.case, outcome="refuse", reason="不符合", at=AT, by=county)
    posting_sweeps.take_down(today=TODAY, at=AT)
    assert not posting_queries.running(VILLAGE, TODAY).exists()


def test_sent_back_it_is_posted_again(posted, township, county) -> None:
    step = posted.case.steps.get(key="review")
    actions.decide(
        case=posted.case, outcome="return", reason="补查", at=AT, by=county, steps=[step.pk, posted.step_id]
    )
    advance(TODAY + timedelta(days=1))
    posted.refresh_from_db()
    assert posted.taken_down_on == TODAY + timedelta(days=1)
    actions.complete_step(step=step.pk, reason="补查完毕", at=AT + timedelta(days=2), by=township)
    advance(TODAY + timedelta(days=2))
    again = Posting.objects.get(taken_down_on=None)
    assert again.pk != posted.pk


def test_children_and_who_is_in_danger_are_not_named(posted, world, county) -> None:
    actions.withhold(case=posted.case, reason="受家庭暴力威胁", at=AT, by=county)
    posted.refresh_from_db()
    assert posted.shown["name"] == ""
    child = Person.objects.create(name="小明", born_on=date(2012, 1, 1))
    case = Case(applicant=child)
    assert posting_queries.public_name(case, TODAY) == ""
    assert posting_queries.public_name(case, date(2030, 1, 1)) == "小*"


def test_the_village_page_is_public_short_and_out_of_search_engines(posted, anybody, county) -> None:
    answer = anybody.get(f"/postings/{VILLAGE}/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "noindex" in answer["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex, nofollow">' in text
    assert "测**" in text
    assert "1 person" in text
    applicant = posted.case.applicant
    for hidden in (applicant.name, posted.case.number, "340"):
        assert hidden not in text
    assert VILLAGE in anybody.get("/postings/").content.decode()
    assert anybody.get("/postings/abc/").status_code == 404
    sheet = anybody.get(f"/postings/{VILLAGE}/sheet.pdf")
    assert sheet.content.startswith(b"%PDF")


def test_the_village_page_asks_the_same_however_many_hang_there(posted, anybody, world, township) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        anybody.get(f"/postings/{VILLAGE}/")
    for number in (2, 3, 4):
        case = open_case(world, number, "subsistence_allowance", 34_000)
        actions.complete_step(step=case.steps.get(key="review").pk, reason="核实", at=AT, by=township)
    with CaptureQueriesContext(connection) as many:
        anybody.get(f"/postings/{VILLAGE}/")
    assert len(many) == len(few)


def test_who_receives_stands_on_the_lasting_list_until_it_ends(posted, anybody, county) -> None:
    advance(LAST + timedelta(days=1))
    actions.decide(case=posted.case, outcome="approve", reason="", at=AT + timedelta(days=9), by=county)
    [row] = posting_queries.lasting(VILLAGE, TODAY)
    assert (row.name, row.policies) == ("测**", [{"policy": "subsistence_allowance", "members": 1}])
    text = anybody.get(f"/postings/{VILLAGE}/").content.decode()
    assert "Receives help" in text
    # The law of a place where another text holds is not quoted here.
    assert "《社会救助暂行办法》" in text
    assert "重庆" not in text
    assert posting_queries.places(TODAY) == {VILLAGE: (0, 1)}
    Case.objects.update(suspended_on=TODAY)
    assert posting_queries.lasting(VILLAGE, TODAY) == []
    Case.objects.update(suspended_on=None, stopped_on=TODAY)
    assert posting_queries.lasting(VILLAGE, TODAY) == []


def test_anybody_objects_keeps_a_code_and_reads_the_answer(posted, anybody, township) -> None:
    address = f"/postings/{posted.pk}/object/"
    form = anybody.get(address).content.decode()
    key = re.search(r'name="key" value="([^"]+)"', form)
    assert key is not None
    assert anybody.post(address, {"key": key[1], "text": ""}).status_code == 422
    said = anybody.post(address, {"key": key[1], "text": "他家有车"})
    again = anybody.post(address, {"key": key[1], "text": "他家有车"})
    code = posting_queries.code(Objection.objects.get())
    assert code in said.content.decode()
    assert code in again.content.decode()
    read = anybody.post("/postings/answer/", {"code": code.lower()})
    assert "It is being looked into" in read.content.decode()
    assert "他家有车" not in read.content.decode()
    wrong = anybody.post("/postings/answer/", {"code": code[:-1] + ("A" if code[-1] != "A" else "B")})
    assert wrong.status_code == 404
    anybody.force_login(township)
    page = f"/cases/{posted.case.number}/posting/"
    assert "他家有车" in anybody.get(page).content.decode()
    given = {"outcome": "does_not_hold", "found": "没有车", "said": "已核实。"}
    number = Objection.objects.get().pk
    assert anybody.post(f"{page}{number}/", {**given, "said": ""}).status_code == 422
    assert anybody.post(f"{page}{number}/", given).status_code == 302
    assert "See the posting" in anybody.get(f"/cases/{posted.case.number}/").content.decode()
    anybody.logout()
    assert "已核实。" in anybody.post("/postings/answer/", {"code": code}).content.decode()


def test_an_auditor_sees_the_posting_but_not_what_a_neighbour_wrote(posted, anybody, make_user) -> None:
    actions.object_to(posting=posted.pk, text="他家有车", key="k", at=AT)
    anybody.force_login(make_user("auditor", division=COUNTY))
    text = anybody.get(f"/cases/{posted.case.number}/posting/").content.decode()
    assert "测**" in text
    assert "他家有车" not in text


def test_who_receives_the_allowance_is_not_posted_for_medical_aid(world, township) -> None:
    from huimin_platform.registry.models import Fact

    case = open_case(world, 1, "medical_aid", 34_000)
    step = case.steps.get(key="publicity")
    type(step).objects.filter(pk=step.pk).update(state="open", done_at=None, reason=None)
    Fact.objects.create(
        household=case.household, kind="allowance_on_roll", value=30_000, started_on=date(2026, 1, 1),
        source_file=world.file, source_line=1, received_at=AT,
    )  # fmt: skip
    advance(TODAY)
    step.refresh_from_db()
    assert step.state == "done"
    assert "《社会救助暂行办法》第三十条" in step.reason["zh"]
    assert not Posting.objects.filter(case=case).exists()
    other = open_case(world, 2, "medical_aid", 34_000)
    other.steps.filter(key="publicity").update(state="open", done_at=None, reason=None)
    advance(TODAY)
    assert Posting.objects.get(case=other).until == LAST
