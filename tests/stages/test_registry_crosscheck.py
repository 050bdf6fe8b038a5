"""The second opinion asks clerks where Splink disagrees, once, and merges nothing by itself."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.stages.county_world import AT, DAY, advance_registry, made, receive
from tests.stages.village import village

from huimin.registry.crosscheck import TooFewRows
from huimin_platform.base import jobs as base_jobs
from huimin_platform.portal import jobs, loop
from huimin_platform.registry import actions, adopting, crosschecking
from huimin_platform.registry.models import CrossCheck, Link, Pair, PairState

pytestmark = pytest.mark.django_db


def night(days: int = 0, **options: bool) -> dict[str, int | float]:
    """The second opinion of a night, without the lock's waiting."""
    later = timedelta(days=days)
    return loop.cross_check(today=DAY + later, at=AT + later, progress=lambda words: None, **options)


def questions() -> list[Pair]:
    return list(Pair.objects.filter(second__isnull=False).order_by("pk"))


@pytest.fixture
def planted() -> tuple[Link, int, Link, int]:
    """A link that is wrong and one that is missing, each with the person whom the row is about."""
    receive(made(seed=12) / "delivery")
    advance_registry()
    assert night()["disagreements"] == 0, "choose a county in which Splink agrees"
    links = Link.objects.filter(how="id").order_by("pk")
    wrong, missing = links[0], links.exclude(person=links[0].person)[0]
    stranger = links.exclude(person__in=[wrong.person_id, missing.person_id])[0]
    truly, truly_too = wrong.person_id, missing.person_id
    wrong.person, missing.person = stranger.person, None
    wrong.save()
    missing.save()
    assert truly is not None
    assert truly_too is not None
    return wrong, truly, missing, truly_too


def test_planted_faults_are_asked_and_the_same_night_again_changes_nothing(
    planted: tuple[Link, int, Link, int],
) -> None:
    wrong, truly, missing, truly_too = planted
    own = list(Pair.objects.filter(state=PairState.OPEN).order_by("pk").values())
    assert own, "this county has no grey pair; choose another seed"
    assert night()["asked"] == 2
    assert list(Pair.objects.filter(second__isnull=True).order_by("pk").values()) == own
    asked = {each.second["kind"]: each for each in questions() if each.second}
    moved, missed = asked["elsewhere"], asked["missed"]
    assert (moved.file_id, moved.line, moved.person_id, moved.other_id) == (
        wrong.file_id, wrong.line, truly, wrong.person_id,
    )  # fmt: skip
    assert (missed.file_id, missed.line, missed.person_id, missed.other_id) == (
        missing.file_id, missing.line, truly_too, None,
    )  # fmt: skip
    assert moved.second is not None
    assert moved.second["weight"] > 0
    assert moved.second["how"] == "id"
    before = list(Pair.objects.order_by("pk").values())
    figures = CrossCheck.objects.values().get()
    assert night()["asked"] == 0
    assert list(Pair.objects.order_by("pk").values()) == before
    after = CrossCheck.objects.values().get()
    assert {**after, "seconds": 0} == {**figures, "seconds": 0}
    assert (figures["asked"], figures["disagreements"]) == (2, 2)
    wrong.refresh_from_db()
    assert wrong.person_id != truly, "nothing is merged by what Splink says"


def test_what_clerks_decided_is_not_asked_again_and_what_vanished_is_withdrawn(
    planted: tuple[Link, int, Link, int], make_user: Any
) -> None:
    night()
    clerk = make_user("steward", division="")
    moved, missed = sorted(questions(), key=lambda each: each.other_id is None)
    for by in (clerk, make_user("steward", division="")):
        moved.refresh_from_db()
        if moved.state == PairState.OPEN:
            actions.decide_pair(pair=moved.pk, same=False, at=AT, by=by)
    assert (night(1)["asked"], len(questions())) == (0, 2)
    moved.refresh_from_db()
    assert moved.state == PairState.DIFFERENT
    Link.objects.filter(file=missed.file, line=missed.line, role=missed.role).update(person=missed.person)
    assert night(2)["withdrawn"] == 1
    missed.refresh_from_db()
    assert missed.state == PairState.GONE
    assert CrossCheck.objects.count() == 3


def test_a_run_of_the_registry_leaves_the_questions_and_learns_no_threshold_from_them(
    planted: tuple[Link, int, Link, int], make_user: Any
) -> None:
    night()
    moved = next(each for each in questions() if each.other_id)
    for by in (make_user("steward", division=""), make_user("steward", division="")):
        moved.refresh_from_db()
        if moved.state == PairState.OPEN:
            actions.decide_pair(pair=moved.pk, same=True, at=AT, by=by)
    advance_registry(whole=True)
    assert sum(each.state == PairState.OPEN for each in questions()) == 1
    link = Link.objects.get(file=moved.file, line=moved.line, role=moved.role)
    assert (link.person_id, link.how) == (moved.person_id, "clerk")
    Pair.objects.filter(second__isnull=False).update(state=PairState.SAME, decided_by="x", decided_at=AT)
    pair = questions()[0]
    Pair.objects.bulk_create(
        Pair(
            key=f"x/{number}", file=pair.file, line=10**6 + number, role=pair.role, person=pair.person, score=0.9,
            second=pair.second, state=PairState.SAME, decided_by="x", decided_at=AT,
        )
        for number in range(60)
    )  # fmt: skip
    assert adopting.proposal() is None


def test_no_more_wait_at_a_time_than_clerks_can_answer(
    planted: tuple[Link, int, Link, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crosschecking, "MOST_OPEN", 1)
    assert (night()["asked"], night()["asked"]) == (1, 0)
    first = questions()[0]
    Pair.objects.filter(pk=first.pk).update(state=PairState.DIFFERENT, decided_by="x", decided_at=AT)
    assert night(1)["asked"] == 1


def test_the_model_is_kept_in_the_home_until_it_is_old_or_another_is_asked_for(
    planted: tuple[Link, int, Link, int],
) -> None:
    def learned_at() -> str:
        return json.loads(crosschecking.model_path().read_text())["at"]

    first = learned_at()
    night(1)
    assert learned_at() == first
    night(31)
    assert learned_at() != first
    night(32, learn=True)
    assert CrossCheck.objects.order_by("-on")[0].model_at == AT + timedelta(days=32)


def test_the_pages_show_both_weights_and_the_history(
    planted: tuple[Link, int, Link, int], make_user: Any, client: Client, django_assert_num_queries: Any
) -> None:
    night()
    moved = next(each for each in questions() if each.other_id)
    steward = make_user("steward", division=f"{moved.person.division[:6]}000000")
    client.cookies["huimin_language"] = "en"
    client.force_login(steward)
    client.get("/matching-quality/")
    with django_assert_num_queries(QUERIES):
        page = client.get("/matching-quality/").content.decode()
    assert 'id="nights"' in page
    nights = page[page.index('id="nights"') :].split("</table>")[0]
    assert nights.count('<th scope="row">2026-07-01') == 1
    for days in range(1, 4):
        kept = CrossCheck.objects.get(on=DAY)
        CrossCheck.objects.create(
            **{field: getattr(kept, field) for field in COPIED}, on=DAY + timedelta(days=days)
        )
    with django_assert_num_queries(QUERIES):
        assert "2026-07-04" in client.get("/matching-quality/").content.decode()
    page = client.get(f"/review/{moved.pk}/").content.decode()
    assert "Splink’s weight for this person" in page
    assert "How sure the registry is of where the row is now" in page
    assert "A second opinion" in client.get("/review/").content.decode()


COPIED = (
    "at", "pairs", "placed", "agreeing", "disagreements", "asked", "withdrawn", "seconds", "model_at",
)  # fmt: skip
QUERIES = 10


def test_a_village_is_too_small_to_learn_from(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    crosschecking.model_path().unlink(missing_ok=True)
    with pytest.raises(TooFewRows, match="here are 0 and 0"):
        night()
    receive(village().write(tmp_path / "d"))
    advance_registry()
    with pytest.raises(TooFewRows):
        night()
    jobs.cross_check.func(timestamp=0)
    assert "No second opinion tonight" in caplog.text
    assert jobs.cross_check.queue == base_jobs.LONG
    assert not CrossCheck.objects.exists()
