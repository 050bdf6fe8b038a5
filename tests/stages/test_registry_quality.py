"""Clerks see how rows match and what spoke for a link, and adopt thresholds with a reason that stays on record."""

from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from tests.stages.county_world import AT, advance_registry, made, receive
from tests.stages.village import village

from huimin_platform.base import access
from huimin_platform.base.models import AuditLine
from huimin_platform.registry import adopting, known
from huimin_platform.registry.models import Link, MatchRate, Pair, PairState, Run, Threshold

pytestmark = pytest.mark.django_db


@pytest.fixture
def county() -> None:
    receive(made(seed=12) / "delivery")
    advance_registry()


@pytest.fixture
def steward(make_user: Any) -> Any:
    return make_user("steward")


def settled(number: int, *, same: bool = True) -> None:
    """So many pairs of the county's queue, settled alike."""
    one = Pair.objects.filter(state=PairState.OPEN).first()
    assert one is not None
    Pair.objects.bulk_create(
        Pair(
            key=f"settled/{each}", file=one.file, line=1_000_000 + each, role=one.role, person=one.person, score=0.6 + each / 1000,
            state=PairState.SAME if same else PairState.DIFFERENT, decided_by="x", decided_at=AT,
        )
        for each in range(number)
    )  # fmt: skip


@pytest.mark.usefixtures("county")
def test_every_weighed_link_and_every_pair_says_what_was_compared(make_user: Any, client: Client) -> None:
    weighed = Link.objects.filter(how="weighed")
    assert weighed.exists()
    assert all("canonical" in link.evidence for link in weighed)
    assert not Link.objects.exclude(how="weighed").exclude(evidence=None).exists()
    assert all(pair.evidence for pair in Pair.objects.filter(state=PairState.OPEN))
    link = weighed[0]
    assert link.person is not None
    client.cookies["huimin_language"] = "en"
    client.force_login(make_user("steward", division=f"{link.person.division[:6]}000000"))
    client.post(f"/purpose/person/{link.person_id}/", {"purpose": "data"})
    page = client.get(f"/people/{link.person_id}/identity/?size=200").content.decode()
    assert "Whether such people have such rows" in page
    pair = Pair.objects.filter(state=PairState.OPEN)[0]
    assert "What speaks for one person" in client.get(f"/review/{pair.pk}/").content.decode()


@pytest.mark.usefixtures("county")
def test_thresholds_are_proposed_adopted_once_and_count_from_the_next_run(steward: Any) -> None:
    assert adopting.proposal() is None
    settled(400)
    found = adopting.proposal()
    assert found is not None
    assert found.thresholds.sure < 0.7
    wanted = {"sure": found.thresholds.sure, "grey": found.thresholds.grey}
    with pytest.raises(adopting.NotAdopted):
        adopting.adopt(**wanted, reason=" ", at=AT, by=steward)
    with pytest.raises(adopting.NotAdopted):
        adopting.adopt(sure=0.4, grey=0.5, reason="x", at=AT, by=steward)
    kept = adopting.adopt(**wanted, reason="400 decisions", at=AT, by=steward)
    assert kept.pairs == 400
    assert 0 < (kept.wrong_at_most or 0) < 0.01
    assert adopting.adopt(**wanted, reason="again", at=AT, by=steward) == kept
    assert AuditLine.objects.filter(kind="thresholds").count() == 1
    assert known.thresholds().sure == found.thresholds.sure
    before = Link.objects.filter(how="weighed").count()
    advance_registry()
    assert Run.objects.order_by("-pk")[0].kind == "whole"
    assert Link.objects.filter(how="weighed").count() > before
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Threshold.objects.all().delete()


def test_only_a_steward_adopts(make_user: Any) -> None:
    for role in ("county", "auditor"):
        with pytest.raises(access.NotAllowed):
            adopting.adopt(sure=0.9, grey=0.5, reason="x", at=AT, by=make_user(role))


@pytest.mark.usefixtures("county")
def test_the_page_shows_rates_proposal_and_what_was_adopted(
    steward: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.cookies["huimin_language"] = "en"
    client.force_login(steward)
    settled(60)
    rate = MatchRate.objects.all()[0]
    MatchRate.objects.filter(pk=rate.pk).update(drift=0.12)
    with django_assert_max_num_queries(10):
        page = client.get("/matching-quality/").content.decode()
    assert rate.file.name in page
    assert "1 file matches otherwise" in page
    assert "more without a right number" in page
    answer = client.post("/matching-quality/adopt/", {"sure": "0.9", "grey": "0.6", "reason": "a trial"})
    assert answer.status_code == 302
    assert "a trial" in client.get("/matching-quality/").content.decode()
    client.post("/matching-quality/adopt/", {"sure": "many", "grey": "0.6", "reason": "a trial"})
    assert Threshold.objects.count() == 1
    assert '<a href="/matching-quality/">' in client.get("/review/").content.decode()


def test_a_village_without_weighed_rows_shows_its_rates(steward: Any, client: Client, tmp_path: Path) -> None:
    client.force_login(steward)
    assert client.get("/matching-quality/").status_code == 200
    receive(village().write(tmp_path / "d"))
    advance_registry()
    assert client.get("/matching-quality/").status_code == 200
