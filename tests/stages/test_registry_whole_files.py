"""Two whole files of one person: joined by two clerks, parted by two, nothing lost, nothing paid twice."""

# Django gives models keys and sets that no static reader sees.
# pyright: reportAttributeAccessIssue=false

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from tests.stages.county_world import AT, DAY, advance_matching, advance_needs, advance_registry, receive
from tests.stages.village import BOOKLET, COUNTY, HUSBAND, PENSIONS, TAX, number, resident, village

from huimin_platform.base import access
from huimin_platform.matching import explaining
from huimin_platform.matching import verifying as matching_of_verified
from huimin_platform.matching.models import Finding
from huimin_platform.portal import files, people
from huimin_platform.registry import actions, queries, verifying, whose
from huimin_platform.registry.models import Household, IdentityEvent, Link, Membership, Pair, Person, Run

pytestmark = pytest.mark.django_db
SECOND = number("19600911", "011")


@pytest.fixture
def two(tmp_path: Path) -> tuple[Person, Person]:
    """A man with two booklets under two numbers, his name written otherwise in the second; both draw a pension."""
    world = village()
    world.rows[BOOKLET].append(resident(3, "户主", "余旺山", SECOND, 20))
    world.rows[TAX].append(f"余旺山,{SECOND},2025,500.00,0.00")
    world.rows[PENSIONS].append(f"余旺山,{SECOND},城乡居民养老,190.00,2025-07,2026-06,6217000012345678909")
    receive(world.write(tmp_path / "d"))
    advance_registry()
    return Person.objects.get(name="余望山"), Person.objects.get(name="余旺山")


@pytest.fixture
def clerks(make_user: Any) -> tuple[Any, Any]:
    return tuple(make_user("steward", division=COUNTY) for _each in range(2))  # type: ignore[return-value]


def asked(two: tuple[Person, Person], by: Any) -> Pair:
    return actions.ask_about_files(person=two[1].pk, other=two[0].pk, at=AT, by=by)


def decided(pair: Pair, same: bool, clerks: tuple[Any, Any]) -> Pair:
    for by in clerks:
        pair = actions.decide_pair(pair=pair.pk, same=same, at=AT, by=by)
    return pair


def rows_of(person: Person) -> set[tuple[str, int]]:
    return set(Link.objects.filter(person=person, file__current=True).values_list("file__name", "line"))


def test_one_clerk_alone_joins_nothing(two: tuple[Person, Person], clerks: tuple[Any, Any]) -> None:
    pair = asked(two, clerks[0])
    assert asked(two, clerks[1]).pk == pair.pk
    actions.decide_pair(pair=pair.pk, same=True, at=AT, by=clerks[0])
    actions.decide_pair(pair=pair.pk, same=True, at=AT, by=clerks[0])
    advance_registry()
    pair.refresh_from_db()
    assert pair.state == "open"
    assert Person.objects.filter(merged_into=None).count() == 4


def test_joined_files_hold_everything_and_the_old_number_leads_to_the_new(
    two: tuple[Person, Person], clerks: tuple[Any, Any], client: Client
) -> None:
    one, other = two
    before = rows_of(one) | rows_of(other)
    decided(asked(two, clerks[0]), True, clerks)
    advance_registry()
    other.refresh_from_db()
    assert other.merged_into_id == one.pk
    assert rows_of(one) == before
    assert not rows_of(other)
    assert list(Membership.objects.filter(withdrawn_at=None, ended_on=None, person=one)) != []
    assert not Membership.objects.filter(withdrawn_at=None, person=other).exists()
    assert Household.objects.filter(ended_on=None).count() == 2
    assert set(advance_registry().values()) == {0}
    # Both numbers find the one file.
    for typed in (HUSBAND, SECOND):
        found = people.find(clerks[0], number=people.number_token(typed))
        assert [each.pk for each in found] == [one.pk]
    assert queries.person_for(clerks[0], other.pk) == one
    client.force_login(clerks[0])
    assert client.get(f"/people/{other.pk}/").url == f"/people/{one.pk}/"  # type: ignore[attr-defined]


def test_a_resident_reads_the_file_that_is_kept(
    two: tuple[Person, Person], clerks: tuple[Any, Any], client: Client, make_user: Any
) -> None:
    one, other = two
    resident_of = make_user("resident", person_id=other.pk)
    decided(asked(two, clerks[0]), True, clerks)
    advance_registry()
    client.force_login(resident_of)
    assert client.get("/").wsgi_request.user.person_id == one.pk
    resident_of.refresh_from_db()
    assert resident_of.person_id == other.pk


def test_a_day_goes_on_from_joined_files(
    two: tuple[Person, Person], clerks: tuple[Any, Any], tmp_path: Path
) -> None:
    one, other = two
    decided(asked(two, clerks[0]), True, clerks)
    advance_registry()
    later = village()
    later.rows = {"医保局_医疗结算.csv": [f"B2,余旺山,{SECOND},2026-03-03,市人民医院,70.00,40.00,30.00"]}
    later.standards = False
    receive(later.write(tmp_path / "later"))
    advance_registry()
    assert Link.objects.get(file__delivery__name="later").person_id == one.pk
    advance_registry(whole=True)
    assert Link.objects.get(file__delivery__name="later").person_id == one.pk
    assert not rows_of(other)


def test_two_clerks_part_them_again_to_the_last_row(
    two: tuple[Person, Person], clerks: tuple[Any, Any]
) -> None:
    one, other = two
    before = rows_of(one), rows_of(other)
    homes = [Membership.objects.get(person=each, withdrawn_at=None).household_id for each in two]
    pair = decided(asked(two, clerks[0]), True, clerks)
    advance_registry()
    actions.undo_pair(pair=pair.pk, at=AT, by=clerks[0])
    actions.undo_pair(pair=pair.pk, at=AT, by=clerks[0])
    advance_registry()
    other.refresh_from_db()
    assert other.merged_into_id == one.pk
    actions.undo_pair(pair=pair.pk, at=AT, by=clerks[1])
    pair.refresh_from_db()
    assert (pair.state, queries.opinions_of(pair).count()) == ("open", 0)
    advance_registry()
    other.refresh_from_db()
    assert other.merged_into_id is None
    assert (rows_of(one), rows_of(other)) == before
    assert [Membership.objects.get(person=each, withdrawn_at=None).household_id for each in two] == homes
    found = people.find(clerks[0], number=people.number_token(SECOND))
    assert [each.pk for each in found] == [other.pk]
    kinds = list(IdentityEvent.objects.filter(pair=pair).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["asked", "opinion", "same", "opinion", "undo"]
    told = set(IdentityEvent.objects.filter(person=other, by="system").values_list("kind", flat=True))
    assert told == {"merged", "parted", "moved"}


def test_what_the_registry_joined_by_itself_two_clerks_tell_apart(
    tmp_path: Path, clerks: tuple[Any, Any]
) -> None:
    world = village()
    world.rows[BOOKLET].append(resident(3, "户主", "余旺山", SECOND, 20))
    world.rows[TAX].append(f"余旺山,{SECOND},2025,500.00,0.00")
    receive(world.write(tmp_path / "d"))
    advance_registry()
    one, other = Person.objects.get(name="余望山"), Person.objects.get(name="余旺山")
    world.rows[BOOKLET][-1] = resident(1, "户主", "余望山", SECOND)
    receive(world.write(tmp_path / "e"))
    advance_registry()
    other.refresh_from_db()
    assert other.merged_into_id == one.pk
    pair = decided(actions.ask_about_files(person=one.pk, other=other.pk, at=AT, by=clerks[0]), False, clerks)
    assert pair.state == "different"
    advance_registry()
    other.refresh_from_db()
    assert other.merged_into_id is None
    assert rows_of(other) == {(BOOKLET, 5), (TAX, 4)}
    actions.undo_pair(pair=pair.pk, at=AT, by=clerks[0])
    actions.undo_pair(pair=pair.pk, at=AT, by=clerks[1])
    advance_registry()
    other.refresh_from_db()
    assert other.merged_into_id == one.pk


def test_one_benefit_under_two_files_becomes_a_finding(
    two: tuple[Person, Person], clerks: tuple[Any, Any]
) -> None:
    advance_matching()
    assert not Finding.objects.filter(kind="same_benefit_twice").exists()
    decided(asked(two, clerks[0]), True, clerks)
    advance_registry()
    advance_matching()
    found = Finding.objects.get(kind="same_benefit_twice")
    assert (found.person_id, found.state) == (two[0].pk, "open")


def verify(person: Person, value: str, at: datetime, by: Any) -> None:
    home = Membership.objects.get(person=person, withdrawn_at=None, ended_on=None).household_id
    found = verifying.Finding("visit", "到户查看。", DAY, "2026-000001")
    actions.verify(
        key=f"{person.pk}/{value}", household_id=home, values={("person.self_care", person.pk): value}, found=found, two=False,
        at=at, by=by,
    )  # fmt: skip


def verified_of(as_of: datetime | None = None) -> dict[int, str]:
    """What counts of what was verified: person -> value."""
    rows = queries.facts_frame(as_of=as_of).filter(pl.col("kind") == "person.self_care")
    return dict(rows.select("person", "words").iter_rows())


def test_what_was_verified_under_either_number_is_of_the_file_that_is_kept_and_goes_back_with_it(
    two: tuple[Person, Person], clerks: tuple[Any, Any], make_user: Any
) -> None:
    (one, other), officer = two, make_user("county", division=COUNTY)
    advance_needs()
    advance_matching()
    verify(one, "able", AT + timedelta(minutes=1), officer)
    verify(other, "unable", AT + timedelta(minutes=2), officer)
    assert verified_of() == {one.pk: "able", other.pk: "unable"}
    pair = decided(asked(two, clerks[0]), True, clerks)
    joined = AT + timedelta(hours=1)
    advance_registry(at=joined)
    # Of two the later one counts; before they were joined, each had its own.
    assert verified_of() == {one.pk: "unable"}
    assert verified_of(as_of=joined) == {one.pk: "unable"}
    assert verified_of(as_of=AT + timedelta(minutes=3)) == {one.pk: "able", other.pk: "unable"}
    advance_needs(at=joined)
    advance_matching(at=joined)
    home = Membership.objects.get(person=one, withdrawn_at=None, ended_on=None).household_id
    described = explaining.described(home, DAY)
    assert described.members[described.persons.index(one.pk)]["self_care"] is not None
    told = matching_of_verified.standing(home, DAY)
    assert [(each.person, each.state) for each in told] == [(one.pk, "counts"), (one.pk, "replaced")]
    read = files.file_of(person_id=one.pk, today=DAY, sensitive=True)
    assert [each.value for each in read.verified_of] == ["unable", "able"]
    for by in clerks:
        actions.undo_pair(pair=pair.pk, at=AT + timedelta(days=1), by=by)
    advance_registry(at=AT + timedelta(days=1))
    assert verified_of() == {one.pk: "able", other.pk: "unable"}
    assert verified_of(as_of=joined) == {one.pk: "unable"}


def test_whoever_keeps_the_file_in_the_end_has_what_was_verified_under_all_numbers(
    two: tuple[Person, Person],
) -> None:
    one, other = two
    third = Person.objects.exclude(pk__in=[one.pk, other.pk]).first()
    assert third is not None
    Person.objects.filter(pk=other.pk).update(merged_into=one)
    Person.objects.filter(pk=one.pk).update(merged_into=third)
    wanted = {one.pk: third.pk, other.pk: third.pk}
    assert whose.keepers([one.pk, other.pk, third.pk]) == wanted
    assert whose.keepers_among(Person.objects.all()) == wanted
    for person, numbers in (
        (third, {one.pk, other.pk, third.pk}),
        (one, {one.pk, other.pk}),
        (other, {other.pk}),
    ):
        assert {each.pk for each in whose.numbers_of([person.pk])} == numbers


def test_three_files_become_one_in_any_order(
    two: tuple[Person, Person], clerks: tuple[Any, Any], tmp_path: Path
) -> None:
    third = number("19600911", "031")
    world = village()
    world.rows = {
        BOOKLET: [
            *world.rows[BOOKLET],
            resident(3, "户主", "余旺山", SECOND, 20),
            resident(4, "户主", "余忘山", third, 30),
        ]
    }
    receive(world.write(tmp_path / "e"))
    advance_registry()
    last = Person.objects.get(name="余忘山")
    decided(actions.ask_about_files(person=last.pk, other=two[1].pk, at=AT, by=clerks[0]), True, clerks)
    advance_registry()
    decided(actions.ask_about_files(person=two[1].pk, other=two[0].pk, at=AT, by=clerks[0]), True, clerks)
    advance_registry()
    for each in (two[1], last):
        assert queries.person_for(clerks[0], each.pk) == two[0]
    assert Person.objects.filter(merged_into=None, name__startswith="余").count() == 1


def test_only_who_may_decide_on_both_asks(two: tuple[Person, Person], make_user: Any) -> None:
    for by in (make_user("steward", division="110101000000"), make_user("county", division=COUNTY)):
        with pytest.raises(access.NotAllowed):
            asked(two, by)
    with pytest.raises(actions.NoTwoFiles):
        actions.ask_about_files(
            person=two[0].pk, other=two[0].pk, at=AT, by=make_user("steward", division=COUNTY)
        )


def test_a_question_is_seen_only_by_who_may_see_both_files(
    two: tuple[Person, Person], clerks: tuple[Any, Any], make_user: Any
) -> None:
    pair = asked(two, clerks[0])
    Person.objects.filter(pk=two[1].pk).update(division="510182001001")
    assert queries.pair_for(clerks[1], pair.pk) is None
    assert not queries.open_pairs(clerks[1]).exists()
    above = make_user("steward", division="510100000000")
    assert queries.pair_for(above, pair.pk) == pair
    with pytest.raises(access.NotAllowed):
        actions.decide_pair(pair=pair.pk, same=True, at=AT, by=clerks[1])


def test_a_whole_run_that_files_caused_says_so(two: tuple[Person, Person], clerks: tuple[Any, Any]) -> None:
    decided(asked(two, clerks[0]), True, clerks)
    advance_registry()
    last = queries.last_run()
    assert last is not None
    assert last.why == Run.Why.FILES


def test_the_file_that_is_kept_leads_to_what_stands_under_the_other(
    two: tuple[Person, Person], clerks: tuple[Any, Any], client: Client
) -> None:
    one, other = two
    home = Membership.objects.get(person=other, withdrawn_at=None).household_id
    decided(asked(two, clerks[0]), True, clerks)
    advance_registry()
    client.force_login(clerks[0])
    client.post(f"/purpose/person/{one.pk}/", {"purpose": "data"})
    page = client.get(f"/people/{one.pk}/").content.decode()
    assert f'href="/households/{home}/"' in page
    assert set(queries.numbers_of([one.pk])) == {one, other}


def test_files_stand_in_order_in_a_question(two: tuple[Person, Person], clerks: tuple[Any, Any]) -> None:
    pair = asked(two, clerks[0])
    with pytest.raises(IntegrityError, match="pair_of_files_in_order"), transaction.atomic():
        Pair.objects.filter(pk=pair.pk).update(person=pair.other, other=pair.person)


def test_the_pages_ask_compare_decide_and_undo(
    two: tuple[Person, Person],
    clerks: tuple[Any, Any],
    client: Client,
    django_assert_max_num_queries: Any,
) -> None:
    one, other = two
    client.cookies["huimin_language"] = "en"
    client.force_login(clerks[0])
    with django_assert_max_num_queries(9):
        page = client.get(f"/review/files/{one.pk}/").content.decode()
    assert "Has this person another file?" in page
    answer = client.post(f"/review/files/{one.pk}/", {"other": "999999"})
    assert "No file of your area has this number." in answer.content.decode()
    answer = client.post(f"/review/files/{one.pk}/", {"other": SECOND})
    pair = Pair.objects.get(whole=True)
    assert answer.url == f"/review/{pair.pk}/"  # type: ignore[attr-defined]
    with django_assert_max_num_queries(14):
        page = client.get(f"/review/{pair.pk}/").content.decode()
    assert "Are these two files one person’s?" in page
    assert HUSBAND not in page
    assert SECOND not in page
    assert "Both draw a benefit." in page
    assert f"Two files: {one.pk} and {other.pk}" in client.get("/review/").content.decode()
    client.post(f"/review/{pair.pk}/decide/", {"outcome": "same"})
    page = client.get(f"/review/{pair.pk}/").content.decode()
    assert "Your opinion is recorded. A second person must agree." in page
    assert 'value="same"' not in page
    client.force_login(clerks[1])
    client.post(f"/review/{pair.pk}/decide/", {"outcome": "same"})
    advance_registry()
    page = client.get(f"/review/{pair.pk}/").content.decode()
    assert "These files are one now" in page
    client.post(f"/review/{pair.pk}/decide/", {"outcome": "undo"})
    page = client.get(f"/review/{pair.pk}/").content.decode()
    assert "Somebody wants the decision undone" in page
    client.force_login(clerks[0])
    client.post(f"/review/{pair.pk}/decide/", {"outcome": "undo"})
    pair.refresh_from_db()
    assert pair.state == "open"


def test_whoever_wants_a_decision_undone_can_take_that_back(
    two: tuple[Person, Person], clerks: tuple[Any, Any], client: Client
) -> None:
    pair = decided(asked(two, clerks[0]), True, clerks)
    with pytest.raises(actions.NothingToTakeBack):
        actions.take_back_opinion(pair=pair.pk, at=AT, by=clerks[0])
    later = AT + timedelta(days=1)
    actions.undo_pair(pair=pair.pk, at=later, by=clerks[1])
    client.force_login(clerks[1])
    assert 'value="take_back"' in client.get(f"/review/{pair.pk}/").content.decode()
    actions.take_back_opinion(pair=pair.pk, at=later, by=clerks[1])
    assert 'value="undo"' in client.get(f"/review/{pair.pk}/").content.decode()
    # What was taken back is no half of two who want it undone.
    actions.undo_pair(pair=pair.pk, at=later, by=clerks[0])
    pair.refresh_from_db()
    assert pair.state == "same"
    actions.undo_pair(pair=pair.pk, at=later, by=clerks[1])
    pair.refresh_from_db()
    assert pair.state == "open"
