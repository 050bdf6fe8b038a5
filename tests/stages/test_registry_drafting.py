"""Texts of policies: written by one, signed by another, in force from their day; what was published never changes."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

import huimin_policies
from huimin import rules
from huimin.rules.casework import household_of
from huimin_platform.base import clock
from huimin_platform.base.models import User
from huimin_platform.command import doctor
from huimin_platform.registry import drafting, numbering, tables
from huimin_platform.registry.models import Proposal, Signature

pytestmark = pytest.mark.django_db
TODAY, COUNTY, ELSEWHERE = date(2026, 7, 1), "330127000000", "330128000000"
AT = clock.start_of(TODAY)
REASON = "县发〔2026〕9号"
POLICIES = huimin_policies.__path__[0]
INSIDE = {"shanghai": "310115000000", "chongqing": "500101000000", "guangdong": "440305000000"}


@pytest.fixture(autouse=True)
def _looks_anew() -> Iterator[None]:
    tables.look_again()
    yield
    tables.look_again()


def officer(name: str, division: str = COUNTY, role: str = "county") -> User:
    return User.objects.create_user(name, name=name, role=role, division=division)


def begun(name: str = "old_age_allowance", division: str = COUNTY) -> str:
    return drafting.begun(tables.book().policy(name, TODAY), division, TODAY)


def put(text: str, by: User) -> Proposal:
    return drafting.put(text=text, reason=REASON, today=TODAY, at=AT, by=by)


def sign(kept: Proposal, by: User, *, publish: bool = True, today: date = TODAY) -> Signature:
    found = numbering.sign(
        proposal=kept.pk, publish=publish, reason="" if publish else "too dear", today=today, at=AT, by=by
    )
    tables.look_again()
    return found


@pytest.mark.parametrize(
    "name", sorted(policy.name for policy in tables.book_with(()).policies if policy.in_force(TODAY))
)
def test_what_one_begins_with_is_right_as_it_stands(name: str) -> None:
    for division in (INSIDE.get(name.split("_")[0], COUNTY), "000000000000"):
        draft = drafting.checked(begun(name, division))
        assert draft.former is not None
        assert draft.former.name == name
        assert draft.policy.started_on == TODAY + drafting.NOTICE


def test_a_county_writes_its_own_policy_which_stands_in_for_the_nations() -> None:
    before = tables.inputs(TODAY)
    kept = put(begun(), officer("first"))
    tables.look_again()
    assert tables.inputs(TODAY) == before, "a draft changes nothing"
    sign(kept, officer("second"))
    later = TODAY + drafting.NOTICE
    own = "old_age_allowance_330127"
    assert own in tables.book().asked_in(COUNTY, later)
    assert "old_age_allowance" not in tables.book().asked_in(COUNTY, later)
    assert "old_age_allowance" in tables.book().asked_in(COUNTY, later - timedelta(days=1))
    assert "old_age_allowance" in tables.book().asked_in(ELSEWHERE, later)
    assert tables.inputs(TODAY) != before


def test_a_later_text_ends_the_one_before_and_leaves_it_as_it_was() -> None:
    before = tables.book().policy("old_age_allowance", TODAY)
    kept = put(begun(division=""), officer("first", "", "leader"))
    sign(kept, officer("second", "", "leader"))
    book = tables.book()
    assert [each.version for each in book.policies if each.name == before.name and each.in_force(TODAY)] == [
        before.version
    ]
    after = book.policy("old_age_allowance", TODAY + drafting.NOTICE)
    assert after.started_on == TODAY + drafting.NOTICE
    assert drafting.text_of(after) == kept.text


def test_nobody_signs_alone_and_nothing_is_signed_too_late() -> None:
    one, other = officer("first"), officer("second")
    kept = put(begun(), one)
    with pytest.raises(numbering.NotSigned):
        sign(kept, one)
    with pytest.raises(numbering.NotSigned):
        sign(kept, other, today=TODAY + drafting.NOTICE)
    sign(kept, other, publish=False)
    assert "old_age_allowance_330127" not in tables.book().names


def test_two_texts_that_cannot_stand_together_are_not_both_signed() -> None:
    one, other = officer("first"), officer("second")
    first, second = put(begun(), one), put(begun() + "# otherwise\n", one)
    sign(first, other)
    with (
        pytest.raises(numbering.NotSigned, match=r"生效期间重叠|in force at once"),
        transaction.atomic(),
    ):
        sign(second, other)
    assert "old_age_allowance_330127" in tables.book().names


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text + "strange: 1\n", "unknown_key"),
        (lambda text: text.replace("conditions:", "conditons:"), "unknown_key"),
        (lambda text: text.replace("is: ", "is: no_such_name + ", 1), "unknown_name"),
        (lambda text: text[: len(text) // 2] + "\t: : [", "yaml_syntax"),
        (lambda text: text.replace("department: civil_affairs", "department: 民政局", 1), "unknown_value"),
        (lambda text: "", "wrong_shape"),
        (lambda text: "- 1", "wrong_shape"),
    ],
)  # fmt: skip
def test_a_wrong_text_is_told_with_its_line(change, code: str) -> None:
    with pytest.raises(rules.PolicyError) as told:
        drafting.checked(change(begun()))
    assert told.value.code == code
    assert told.value.file == drafting.DRAFT


def test_a_text_may_not_set_numbers_for_other_places() -> None:
    text = drafting.text_of(tables.book().policy("old_age_allowance", TODAY))
    text = text.replace("name: old_age_allowance", f'name: own\ndivision: "{COUNTY}"')
    with pytest.raises(rules.PolicyError) as told:
        drafting.checked(text)
    assert told.value.code == "outside_division"


def test_a_text_for_another_division_or_for_today_is_refused() -> None:
    by = officer("first")
    with pytest.raises(numbering.NotSigned):
        put(begun(division=ELSEWHERE), by)
    with pytest.raises(numbering.NotSigned):
        put(begun().replace(str(TODAY + drafting.NOTICE), str(TODAY)), by)
    with pytest.raises(numbering.NotSigned):
        drafting.put(text=begun(), reason=" ", today=TODAY, at=AT, by=by)


def test_a_county_that_raises_its_allowance_pays_by_it_from_that_day() -> None:
    text = begun("severe_disability_care")
    policy = drafting.checked(text).policy
    assert policy.amount is not None
    doubled = text.replace("\namount:\n  is: '", "\namount:\n  is: '2 * ")
    assert doubled != text
    sign(put(doubled, officer("first")), officer("second"))
    book, on = tables.book(), TODAY + drafting.NOTICE
    former = rules.load(POLICIES)
    case = next(
        each for each in former.policy("severe_disability_care", on).cases if each.status == "entitled"
    )
    household = household_of(book.facts, COUNTY, case.household, case.members)
    sets = [rules.ParameterSet("000000000000", date.min, case.parameters, numbering.PROPOSED)]
    before = rules.explain_policies(former, ["severe_disability_care"], household, on, sets)[0]
    after = rules.explain_policies(book, ["severe_disability_care_330127"], household, on, sets)[0]
    assert before.amount_fen
    assert after.amount_fen == 2 * before.amount_fen


@pytest.fixture
def release_without(tmp_path: Path, settings: Any) -> Callable[[str, str, str], None]:
    """Installs a release in which something is called otherwise: file, before, after."""

    def install(file: str, before: str, after: str) -> None:
        folder = tmp_path / "release"
        shutil.copytree(POLICIES, folder, dirs_exist_ok=True)
        text = (folder / file).read_text(encoding="utf-8")
        assert before in text
        (folder / file).write_text(text.replace(before, after), encoding="utf-8")
        settings.HUIMIN_POLICIES = str(folder)
        tables.book_with.cache_clear()
        tables._sorted_out.cache_clear()
        tables.look_again()

    return install


@pytest.fixture
def _release_of_its_own() -> Iterator[None]:
    yield
    tables.book_with.cache_clear()
    tables._sorted_out.cache_clear()


STANDARD = ("national/old_age_allowance/policy.yaml", "old_age_standard", "allowance_by_age")


@pytest.mark.usefixtures("_release_of_its_own")
def test_a_text_that_a_release_cannot_hold_is_set_aside_and_the_book_goes_on(
    release_without: Callable[[str, str, str], None], client: Client
) -> None:
    first, second = officer("first"), officer("second")
    kept, other = put(begun(), first), put(begun("education_aid"), first)
    sign(kept, second)
    sign(other, second)
    release_without(*STANDARD)
    later = TODAY + drafting.NOTICE
    assert list(tables.set_aside()) == [tables.text_name(kept.pk)]
    names = tables.book().asked_in(COUNTY, later)
    assert "old_age_allowance" in names, "the general policy holds again"
    assert "education_aid_330127" in names, "the other text stands"
    [aside] = drafting.set_aside_of("old_age_allowance")
    assert aside.proposal.pk == kept.pk
    assert "old_age_standard" in str(aside.problem)
    client.cookies["huimin_language"] = "en"
    page = client.get("/policies/old_age_allowance/").content.decode()
    assert f"Text no. {kept.pk}" in page
    for who in (first, second):
        client.force_login(who)
        assert "set aside" in client.get("/").content.decode()
        assert "Set aside" in client.get("/policies/drafts/").content.decode()
        assert "cannot hold it" in client.get(f"/policies/drafts/{kept.pk}/").content.decode()
    client.force_login(officer("third"))
    assert "set aside" not in client.get("/").content.decode()


@pytest.mark.usefixtures("_release_of_its_own")
def test_a_text_set_aside_is_written_anew_and_decides_again(
    release_without: Callable[[str, str, str], None],
) -> None:
    kept = put(begun(), officer("first"))
    sign(kept, officer("second"))
    release_without(*STANDARD)
    again = put(begun(), officer("third"))
    sign(again, officer("fourth"))
    assert "old_age_allowance_330127" in tables.book().asked_in(COUNTY, TODAY + drafting.NOTICE)
    assert list(tables.set_aside()) == [tables.text_name(kept.pk)]


@pytest.mark.usefixtures("_release_of_its_own")
def test_a_release_that_is_broken_by_itself_is_told_as_such(
    release_without: Callable[[str, str, str], None],
) -> None:
    sign(put(begun(), officer("first")), officer("second"))
    release_without("national/education_aid/policy.yaml", "in_force:", "in_farce:")
    with pytest.raises(rules.PolicyError) as problem:
        tables.book()
    assert problem.value.file == "national/education_aid/policy.yaml"


@pytest.mark.usefixtures("_release_of_its_own")
def test_a_number_that_a_release_cannot_hold_is_set_aside_and_the_one_before_it_holds(
    release_without: Callable[[str, str, str], None], client: Client
) -> None:
    first, second = officer("first"), officer("second")
    for value in ("1.5", "4.5"):
        said = {"subsistence_standard": {"urban": "100000", "rural": "90000"}, "edge_multiple": value}
        kept = numbering.propose(
            division=COUNTY, values=said, effective_on=TODAY, reason="县发〔2026〕3号", today=TODAY, at=AT, by=first
        )  # fmt: skip
        numbering.sign(proposal=kept.pk, publish=True, reason="", today=TODAY, at=AT, by=second)
    assert numbering.set_aside() == []
    edge = "national/low_income_edge/policy.yaml"
    release_without(edge, "range: [1, 5]", "range: [1, 2]")
    resolver = tables.book().resolver(tables.parameter_sets(TODAY), TODAY)
    assert resolver.value("edge_multiple", COUNTY).cells == (Fraction(3, 2),), "the number before it holds"
    assert [int(cell) for cell in resolver.value("subsistence_standard", COUNTY).cells] == [100000, 90000]
    [aside] = numbering.set_aside()
    assert aside.proposal.pk == kept.pk
    assert "edge_multiple" in str(aside.problems[0])
    client.cookies["huimin_language"] = "en"
    client.force_login(first)
    assert f"Of the numbers no. {kept.pk}" in client.get("/").content.decode()
    assert "set aside: the release in use" in client.get("/simulation/").content.decode()
    client.force_login(officer("third"))
    assert "set aside" not in client.get("/").content.decode()
    found = doctor.policies()
    assert found.state == doctor.ILL
    assert "edge_multiple" in found.words


@pytest.mark.usefixtures("_release_of_its_own")
def test_doctor_names_the_text_that_is_set_aside(release_without: Callable[[str, str, str], None]) -> None:
    kept = put(begun(), officer("first"))
    sign(kept, officer("second"))
    assert doctor.policies().state == doctor.WELL
    release_without(*STANDARD)
    found = doctor.policies()
    assert found.state == doctor.ILL
    assert tables.text_name(kept.pk) in found.words
