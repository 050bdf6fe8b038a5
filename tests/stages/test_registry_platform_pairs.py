"""The review desk: a clerk's decision counts from the next run, can be undone, and is written down."""

from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import translation
from tests.stages.county_world import AT, advance_registry, made, receive
from tests.stages.village import BOOKLET, HUSBAND, INSURED, TAX, number, resident, village

from huimin_platform.base import access
from huimin_platform.base.models import AuditLine
from huimin_platform.intake.models import DeliveryFile
from huimin_platform.registry import actions, pages, queries
from huimin_platform.registry.models import Fact, IdentityEvent, Link, Pair, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair() -> Pair:
    """A grey pair of a made county."""
    receive(made(seed=12) / "delivery")
    advance_registry()
    found = Pair.objects.filter(state="open").order_by("pk").first()
    assert found is not None, "this county has no grey pair; choose another seed"
    return found


@pytest.fixture
def clerk(pair: Pair, make_user: Any) -> Any:
    return make_user("steward", division=f"{pair.person.division[:6]}000000")


def link_of(pair: Pair) -> Link:
    return Link.objects.get(file=pair.file, line=pair.line, role=pair.role)


def test_the_same_person_links_the_row_and_undo_parts_it_again(pair: Pair, clerk: Any) -> None:
    assert link_of(pair).person_id is None
    actions.decide_pair(pair=pair.pk, same=True, at=AT, by=clerk)
    advance_registry()
    assert (link_of(pair).person_id, link_of(pair).how) == (pair.person_id, "clerk")
    assert set(advance_registry().values()) == {0}
    actions.undo_pair(pair=pair.pk, at=AT, by=clerk)
    advance_registry()
    assert link_of(pair).person_id is None
    pair.refresh_from_db()
    assert pair.state == "open"
    events = list(IdentityEvent.objects.filter(pair=pair).order_by("pk").values_list("kind", flat=True))
    assert events == ["same", "undo"]


def test_two_persons_is_not_asked_again(pair: Pair, clerk: Any) -> None:
    actions.decide_pair(pair=pair.pk, same=False, at=AT, by=clerk)
    advance_registry()
    assert link_of(pair).person_id != pair.person_id
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == ("different", clerk.username)


def test_a_decision_is_audited_once_and_a_contrary_one_refused(pair: Pair, clerk: Any) -> None:
    actions.decide_pair(pair=pair.pk, same=True, at=AT, by=clerk)
    actions.decide_pair(pair=pair.pk, same=True, at=AT, by=clerk)
    assert AuditLine.objects.filter(kind="pair", action="decides", object_id=str(pair.pk)).count() == 1
    with pytest.raises(actions.AlreadyDecided):
        actions.decide_pair(pair=pair.pk, same=False, at=AT, by=clerk)


def test_a_skipped_pair_comes_last(pair: Pair, clerk: Any) -> None:
    first = queries.open_pairs(clerk)[0]
    actions.skip_pair(pair=first.pk, at=AT, by=clerk)
    assert queries.open_pairs(clerk).last() == first


def test_only_a_steward_of_the_division_decides(pair: Pair, make_user: Any) -> None:
    far, worker = make_user("steward", division="110101000000"), make_user("county", division="110101000000")
    for by in (far, worker):
        with pytest.raises(access.NotAllowed):
            actions.decide_pair(pair=pair.pk, same=True, at=AT, by=by)
        assert not queries.open_pairs(by).exists()


def test_what_happened_to_identities_cannot_be_rewritten(pair: Pair, clerk: Any) -> None:
    actions.decide_pair(pair=pair.pk, same=True, at=AT, by=clerk)
    connection.check_constraints()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        IdentityEvent.objects.all().delete()


def test_the_desk_shows_both_sides_masked(pair: Pair, clerk: Any, client: Client) -> None:
    client.force_login(clerk)
    assert client.get("/review/").status_code == 200
    page = client.get(f"/review/{pair.pk}/").content.decode()
    number_of = queries.persons().get(pk=pair.person_id)
    from huimin_platform.registry.pages import unsealed

    assert unsealed(number_of, "national_id") not in page
    assert number_of.name in page
    answer = client.post(f"/review/{pair.pk}/decide/", {"outcome": "different"})
    assert answer.status_code == 302
    pair.refresh_from_db()
    assert pair.state == "different"
    client.post(f"/review/{pair.pk}/decide/", {"outcome": "undo"})
    pair.refresh_from_db()
    assert pair.state == "open"
    assert AuditLine.objects.filter(kind="pair", action="opens").exists()


def test_the_desk_asks_the_database_a_fixed_number_of_times(
    pair: Pair, clerk: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(clerk)
    with django_assert_max_num_queries(9):
        client.get("/review/")
    with django_assert_max_num_queries(12):
        client.get(f"/review/{pair.pk}/")


def test_a_row_that_could_be_either_of_two_shows_both_beside_it(
    tmp_path: Path, make_user: Any, client: Client
) -> None:
    world = village()
    for place, born in enumerate(("19700101", "19720302")):
        world.rows[BOOKLET].append(
            resident(7 + place, "户主", "司马青", number(born, f"30{1 + 2 * place}"), 40 + place)
        )
    world.rows[TAX].append("司马青,,2025,500.00,0.00")
    receive(world.write(tmp_path / "d"))
    advance_registry()
    one, other = Pair.objects.filter(state="open").order_by("pk")
    clerk = make_user("steward", division="510181000000")
    client.force_login(clerk)
    page = client.get(f"/review/{one.pk}/").content.decode()
    assert "1970-01-01" in page
    assert "1972-03-02" in page
    assert f"/review/{other.pk}/" in page
    actions.decide_pair(pair=one.pk, same=False, at=AT, by=clerk)
    advance_registry()
    assert Link.objects.get(file=one.file, line=one.line).person_id is None
    other.refresh_from_db()
    assert other.state == "open"
    actions.decide_pair(pair=other.pk, same=True, at=AT, by=clerk)
    advance_registry()
    assert Link.objects.get(file=one.file, line=one.line).person_id == other.person_id


def test_who_was_registered_twice_is_merged_and_can_be_told_apart_again(tmp_path: Path) -> None:
    world, second = village(), number("19600911", "011")
    world.rows[BOOKLET].append(resident(3, "户主", "余旺山", second, 20))
    world.rows[TAX].append(f"余旺山,{second},2025,500.00,0.00")
    apart = world.write(tmp_path / "d")
    receive(apart)
    advance_registry()
    one, other = Person.objects.get(name="余望山"), Person.objects.get(name="余旺山")

    world.rows[BOOKLET][-1] = resident(1, "户主", "余望山", second)
    receive(world.write(tmp_path / "e"))
    advance_registry()
    other.refresh_from_db()
    assert other.merged_into_id == one.pk
    assert Link.objects.get(file__name=TAX, line=4).person_id == one.pk

    receive(apart)
    advance_registry()
    other.refresh_from_db()
    assert other.merged_into_id is None
    assert Link.objects.get(file__name=TAX, line=4).person_id == other.pk
    kinds = list(IdentityEvent.objects.filter(person=other).order_by("pk").values_list("kind", flat=True))
    assert set(kinds) == {"moved", "merged", "parted"}


def test_an_old_id_leads_to_the_new_one_although_every_file_came_anew(tmp_path: Path) -> None:
    """What is sent again stands in other files on other lines: by its place no row tells whose it was."""
    world, second = village(), number("19600911", "011")
    world.rows[BOOKLET].append(resident(3, "户主", "余旺山", second, 20))
    world.rows[TAX].append(f"余旺山,{second},2025,500.00,0.00")
    receive(world.write(tmp_path / "d"))
    advance_registry()
    one, other = Person.objects.get(name="余望山"), Person.objects.get(name="余旺山")
    world.rows[BOOKLET][-1] = resident(1, "户主", "余望山", second)
    world.rows = {name: [*reversed(rows)] for name, rows in world.rows.items()}
    world.rows[TAX].append(f"郑巧云,{number('19620305', '002')},2025,1.00,0.00")
    receive(world.write(tmp_path / "e"))
    advance_registry()
    other.refresh_from_db()
    assert other.merged_into_id == one.pk
    assert IdentityEvent.objects.filter(kind="merged", person=other, other=one).exists()
    assert queries.persons().filter(merged_into=None).count() == 3


@pytest.fixture
def paid(pair: Pair) -> Pair:
    """The pair, with a person who draws a pension."""
    source = pair.file
    Fact.objects.create(
        person=pair.person, kind="pension", value=100_00, source_file=source, source_line=1, received_at=AT
    )
    return pair


def test_two_must_agree_where_a_benefit_hangs_on_it(paid: Pair, clerk: Any, make_user: Any) -> None:
    second = make_user("steward", division=clerk.division)
    actions.decide_pair(pair=paid.pk, same=True, at=AT, by=clerk)
    actions.decide_pair(pair=paid.pk, same=True, at=AT, by=clerk)
    paid.refresh_from_db()
    assert (paid.state, queries.opinions_of(paid).count()) == ("open", 1)
    assert paid not in queries.open_pairs(clerk)
    assert paid in queries.open_pairs(second)
    advance_registry()
    assert link_of(paid).person_id is None
    actions.decide_pair(pair=paid.pk, same=True, at=AT, by=second)
    paid.refresh_from_db()
    assert (paid.state, paid.decided_by) == ("same", second.username)
    kinds = list(queries.history_of(paid.person_id).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["opinion", "same"]


def test_who_disagrees_leaves_it_to_a_third(paid: Pair, clerk: Any, make_user: Any) -> None:
    second, third = (make_user("steward", division=clerk.division) for _each in range(2))
    actions.decide_pair(pair=paid.pk, same=True, at=AT, by=clerk)
    actions.decide_pair(pair=paid.pk, same=False, at=AT, by=second)
    paid.refresh_from_db()
    assert paid.state == "open"
    found = queries.agreement(clerk)
    assert (found.pairs, found.agreed, found.share, found.kappa) == (1, 0, 0.0, -1.0)
    with pytest.raises(actions.AlreadyDecided):
        actions.decide_pair(pair=paid.pk, same=False, at=AT, by=clerk)
    actions.decide_pair(pair=paid.pk, same=False, at=AT, by=third)
    paid.refresh_from_db()
    assert paid.state == "different"


def test_undoing_withdraws_opinions_and_keeps_them(paid: Pair, clerk: Any, make_user: Any) -> None:
    second = make_user("steward", division=clerk.division)
    for by in (clerk, second):
        actions.decide_pair(pair=paid.pk, same=True, at=AT, by=by)
    actions.undo_pair(pair=paid.pk, at=AT, by=clerk)
    assert queries.opinions_of(paid).count() == 0
    assert paid in queries.open_pairs(clerk)
    assert queries.agreement(clerk).pairs == 0


def test_the_first_clerk_takes_an_opinion_back_and_judges_anew(
    paid: Pair, clerk: Any, make_user: Any
) -> None:
    second = make_user("steward", division=clerk.division)
    with pytest.raises(actions.NothingToTakeBack):
        actions.take_back_opinion(pair=paid.pk, at=AT, by=clerk)
    actions.decide_pair(pair=paid.pk, same=True, at=AT, by=clerk)
    with pytest.raises(actions.NothingToTakeBack):
        actions.take_back_opinion(pair=paid.pk, at=AT, by=second)
    actions.take_back_opinion(pair=paid.pk, at=AT, by=clerk)
    actions.take_back_opinion(pair=paid.pk, at=AT, by=clerk)
    assert paid in queries.open_pairs(clerk)
    assert not queries.opinions_of(paid).exists()
    # What was taken back is no half of two who agree.
    actions.decide_pair(pair=paid.pk, same=True, at=AT, by=second)
    paid.refresh_from_db()
    assert paid.state == "open"
    actions.decide_pair(pair=paid.pk, same=False, at=AT, by=clerk)
    for by in (clerk, second):
        with pytest.raises(actions.NothingToTakeBack):
            actions.take_back_opinion(pair=paid.pk, at=AT, by=by)
    assert queries.agreement(clerk).agreed == 0
    kinds = list(IdentityEvent.objects.filter(pair=paid).order_by("pk").values_list("kind", "undoes__kind"))
    assert kinds == [("opinion", None), ("taken_back", "opinion"), ("opinion", None), ("opinion", None)]
    line = AuditLine.objects.get(kind="pair", action="takes_back")
    assert (line.object_id, line.by) == (str(paid.pk), clerk.username)


def test_a_settled_pair_is_undone_and_no_opinion_taken_back(pair: Pair, clerk: Any) -> None:
    actions.decide_pair(pair=pair.pk, same=True, at=AT, by=clerk)
    with pytest.raises(actions.NothingToTakeBack):
        actions.take_back_opinion(pair=pair.pk, at=AT, by=clerk)
    pair.refresh_from_db()
    assert pair.state == "same"


def test_the_desk_offers_to_take_an_opinion_back_until_a_second_one_is_given(
    paid: Pair, clerk: Any, make_user: Any, client: Client
) -> None:
    client.cookies["huimin_language"] = "en"
    client.force_login(clerk)
    address = f"/review/{paid.pk}/"
    assert 'value="take_back"' not in client.get(address).content.decode()
    client.post(f"{address}decide/", {"outcome": "same"})
    page = client.get(address).content.decode()
    assert 'value="take_back" data-key="u"' in page
    assert client.post(f"{address}decide/", {"outcome": "take_back"})["Location"] == address
    page = client.get(address).content.decode()
    assert "Your opinion is taken back. The pair waits for you again." in page
    assert 'value="same"' in page
    client.post(f"{address}decide/", {"outcome": "same"})
    actions.decide_pair(pair=paid.pk, same=False, at=AT, by=make_user("steward", division=clerk.division))
    assert 'value="take_back"' not in client.get(address).content.decode()
    client.post(f"{address}decide/", {"outcome": "take_back"})
    assert "Somebody else has given an opinion meanwhile." in client.get(address).content.decode()
    assert queries.opinions_of(paid).count() == 2


def test_the_other_cells_of_a_row_are_told_in_words(tmp_path: Path) -> None:
    world = village()
    world.rows[INSURED] = [f"余望山,{HUSBAND},城乡居民养老,停保"]
    receive(world.write(tmp_path / "d"))
    file = DeliveryFile.objects.get(dataset="insured")
    for language, words in (("zh-hans", "未参保"), ("en", "not insured")):
        with translation.override(language):
            told = pages.row_of(Pair(file=file, line=2, role="holder"))["others"]
        assert told[-1][1] == words


def test_the_second_does_not_see_what_the_first_said(
    paid: Pair, clerk: Any, make_user: Any, client: Client
) -> None:
    actions.decide_pair(pair=paid.pk, same=True, at=AT, by=clerk)
    client.cookies["huimin_language"] = "en"
    client.force_login(make_user("steward", division=clerk.division))
    page = client.get(f"/review/{paid.pk}/").content.decode()
    assert "Give yours without knowing theirs." in page
    assert clerk.username not in page
    client.force_login(clerk)
    page = client.get(f"/review/{paid.pk}/").content.decode()
    assert 'value="same"' not in page


def test_the_desk_tells_how_each_row_came_to_a_person(
    paid: Pair, clerk: Any, make_user: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    for by in (clerk, make_user("steward", division=clerk.division)):
        actions.decide_pair(pair=paid.pk, same=True, at=AT, by=by)
    advance_registry()
    client.cookies["huimin_language"] = "en"
    client.force_login(clerk)
    address = f"/people/{paid.person_id}/identity/"
    assert client.get(address).status_code == 302
    client.post(f"/purpose/person/{paid.person_id}/", {"purpose": "data"})
    with django_assert_max_num_queries(9):
        page = client.get(address).content.decode()
    assert "A clerk decided it." in page
    assert "The residence booklet lists the person in this row." in page
    assert "A clerk gave an opinion; a second one must agree." in page
    Person.objects.filter(pk=paid.person_id).update(name="x")
    old = Person.objects.create(name="old", division=paid.person.division, merged_into=paid.person)
    assert client.get(f"/people/{old.pk}/identity/").url == address
