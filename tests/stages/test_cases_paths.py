"""What happens after a decision: each path with reason, notice, right of reply, and a person who decides."""

# ruff: noqa: F401, F811 - fixtures are imported by name

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from tests.stages.funds_world import AT, COUNTY, TODAY, VILLAGE
from tests.stages.test_cases_decisions import (
    approve,
    case,
    county,
    deliver,
    in_english,
    open_case,
    township,
    world,
)

from huimin.cases import paths as book
from huimin_platform.base import access, audit
from huimin_platform.cases import actions, path_sweeps, steps
from huimin_platform.cases.models import Case, Notice, Path, PathMove
from huimin_platform.delivery import queries as delivery
from huimin_platform.matching.models import Entitlement

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(make_user):
    return make_user("county", division=COUNTY, name="李华")


@pytest.fixture
def third(make_user):
    return make_user("county", division=COUNTY, name="赵敏")


@pytest.fixture
def boss(make_user):
    return make_user("county", division=COUNTY, name="王明")


@pytest.fixture
def paid(world, boss) -> Case:
    """An approved case that is paid each month."""
    found = open_case(world, 1, "subsistence_allowance", 34_000)
    approve(found, boss)
    deliver()
    found.refresh_from_db()
    return found


@pytest.fixture
def resident(make_user, paid):
    user = make_user("resident")
    user.person_id = paid.applicant_id
    user.save()
    return user


def days(count: int):
    return AT + timedelta(days=count)


def go(path: Path, move: str, by, at=AT) -> Path:
    path.refresh_from_db()
    return actions.move_path(path=path.pk, turn=path.turn, move=move, reason="经核实", at=at, by=by)


def suspend(case: Case, proposer, decider, resident) -> Path:
    path = actions.begin_path(case=case, name="suspension", cause="收入待核实", at=AT, by=proposer)
    go(path, "agree", resident)
    return go(path, "suspend", decider)


def orders_by(months: int) -> list[str]:
    deliver(TODAY + timedelta(days=31 * months))
    return sorted(delivery.orders().values_list("period", flat=True))


def test_a_suspension_is_told_answered_and_decided_by_another(paid, boss, second, resident) -> None:
    path = actions.begin_path(case=paid, name="suspension", cause="收入待核实", at=AT, by=boss)
    told = Notice.objects.get(path=path)
    assert (told.person_id, told.reply_by) == (paid.applicant_id, path.due_on)
    assert "收入待核实" in "".join(told.text["zh"])
    with pytest.raises(actions.CannotBe):
        go(path, "suspend", second)
    go(path, "reply", resident)
    with pytest.raises(access.NotAllowed):
        go(path, "suspend", boss)
    go(path, "suspend", second)
    path.refresh_from_db()
    paid.refresh_from_db()
    assert (path.end, path.task, paid.suspended_on) == ("suspended", "", TODAY)
    assert Notice.objects.filter(path=path, kind="ended").count() == 1
    assert [move.move for move in path.moves.all()] == ["reply", "suspend"]


def test_nothing_is_ordered_while_suspended_and_all_of_it_after(paid, boss, second, resident) -> None:
    assert orders_by(1) == ["2026-08"]
    suspend(paid, boss, second, resident)
    assert orders_by(3) == ["2026-08"]
    path = actions.begin_path(case=paid, name="resumption", cause="已核实", at=AT, by=boss)
    go(path, "resume", second)
    assert orders_by(3) == ["2026-08", "2026-09", "2026-10"]


def test_silence_hands_the_suspension_to_an_officer_and_never_decides_it(paid, boss) -> None:
    path = actions.begin_path(case=paid, name="suspension", cause="收入待核实", at=AT, by=boss)
    assert path_sweeps.go_on_when_due(today=path.due_on, at=days(14)) == 0
    assert path_sweeps.go_on_when_due(today=path.due_on + timedelta(days=1), at=days(15)) == 1
    path.refresh_from_db()
    assert (path.task, path.end) == ("decide", "")
    assert path.moves.get().by is None
    assert path_sweeps.go_on_when_due(today=path.due_on + timedelta(days=90), at=days(120)) == 0
    assert path_sweeps.escalate(today=path.due_on + timedelta(days=90), at=days(120)) == 1
    assert path_sweeps.escalate(today=path.due_on + timedelta(days=91), at=days(121)) == 0
    paid.refresh_from_db()
    assert paid.suspended_on is None


@pytest.mark.parametrize("name", sorted(book.in_force(TODAY)))
def test_no_path_goes_against_a_person_by_time(paid, boss, name) -> None:
    """Whatever the calendar does, only a person's move suspends, stops or recovers."""
    definition = book.in_force(TODAY)[name]
    path = Path.objects.create(
        case=paid, name=name, version=definition.version, task=definition.first, cause="x", begun_at=AT,
        due_on=TODAY, amount_fen=100 if definition.asks_amount else None,
    )  # fmt: skip
    for month in range(1, 7):
        on = TODAY + timedelta(days=60 * month)
        path_sweeps.go_on_when_due(today=on, at=days(60 * month))
    paid.refresh_from_db()
    assert (paid.suspended_on, paid.stopped_on, paid.state) == (None, None, "approved")
    path.refresh_from_db()
    assert path.end == ""


def test_an_appeal_is_decided_by_somebody_who_had_no_part(paid, boss, second, third, resident) -> None:
    suspend(paid, boss, second, resident)
    appeal = actions.begin_path(case=paid, name="appeal", cause="收入没有变化", at=days(20), by=resident)
    assert appeal.contested is not None
    for officer in (boss, second):
        with pytest.raises(access.NotAllowed):
            go(appeal, "reverse", officer)
    go(appeal, "reverse", third, days(25))
    paid.refresh_from_db()
    assert paid.suspended_on is None


def test_an_appeal_against_a_refusal_opens_the_case_again(case, county, second, make_user) -> None:
    resident = make_user("resident")
    resident.person_id = case.applicant_id
    resident.save()
    actions.decide(case=case, outcome="refuse", reason="不符合", at=AT, by=county)
    appeal = actions.begin_path(case=case, name="appeal", cause="已补充", at=days(60), by=resident)
    go(appeal, "reverse", second, days(61))
    case.refresh_from_db()
    assert (case.state, case.decided_at) == ("reviewing", None)
    assert "申诉" in "".join(Notice.objects.get(case=case, kind="decision").text["zh"])


def test_an_appeal_comes_within_its_term(case, county, make_user) -> None:
    resident = make_user("resident")
    resident.person_id = case.applicant_id
    resident.save()
    actions.decide(case=case, outcome="refuse", reason="不符合", at=AT, by=county)
    with pytest.raises(actions.CannotBe, match="60 days"):
        actions.begin_path(case=case, name="appeal", cause="晚了", at=days(61), by=resident)


def test_upholding_changes_nothing(paid, boss, second, third, resident) -> None:
    suspend(paid, boss, second, resident)
    appeal = actions.begin_path(case=paid, name="appeal", cause="不服", at=AT, by=resident)
    go(appeal, "uphold", third)
    paid.refresh_from_db()
    assert paid.suspended_on == TODAY


def test_a_stop_ends_the_grant_with_its_month_and_a_reversal_lifts_it(
    paid, boss, second, third, resident
) -> None:
    assert orders_by(1) == ["2026-08"]
    path = actions.begin_path(case=paid, name="change", cause="收入增加", at=days(40), by=boss)
    go(path, "agree", resident, days(41))
    go(path, "stop", second, days(45))
    assert orders_by(4) == ["2026-08"]
    assert delivery.grants().get().ended_on.isoformat() == "2026-09-01"
    appeal = actions.begin_path(case=paid, name="appeal", cause="计算有误", at=days(50), by=resident)
    go(appeal, "reverse", third, days(52))
    assert orders_by(3) == ["2026-08", "2026-09", "2026-10"]
    assert delivery.grants().get().ended_on is None


def test_a_grant_stopped_before_it_began_pays_nothing(paid, boss, second, resident) -> None:
    path = actions.begin_path(case=paid, name="change", cause="收入增加", at=AT, by=boss)
    go(path, "agree", resident)
    go(path, "stop", second)
    assert orders_by(3) == []


def test_the_data_begin_a_path_and_a_rerun_begins_none(paid, world) -> None:
    Entitlement.objects.update(status="not_entitled")
    for expected in (1, 0):
        assert path_sweeps.begin_by_data(today=TODAY, at=AT) == expected
    path = Path.objects.get()
    assert (path.name, path.begun_by, path.task) == ("change", None, "reply")
    assert Notice.objects.filter(path=path, kind="begun").count() == 1
    paid.refresh_from_db()
    assert paid.stopped_on is None
    assert audit.looks("case", paid.number).filter(action="begins_path", by="system").count() == 1


def test_an_answer_that_is_not_known_begins_nothing(paid) -> None:
    Entitlement.objects.update(status="unknown")
    assert path_sweeps.begin_by_data(today=TODAY, at=AT) == 0


def test_death_moving_and_the_year_begin_their_paths(paid) -> None:
    paid.applicant.died_on = TODAY
    paid.applicant.save()
    paid.household.division = "330182001001"
    paid.household.save()
    begun = path_sweeps.begin_by_data(today=TODAY + timedelta(days=366), at=days(366))
    assert begun == 3
    assert set(Path.objects.values_list("name", flat=True)) == {"death", "move", "recertification"}


def test_moving_hands_the_case_over_and_keeps_paying(paid, boss) -> None:
    paid.household.division = "330182001001"
    paid.household.save()
    path_sweeps.begin_by_data(today=TODAY, at=AT)
    go(Path.objects.get(), "hand_over", boss)
    paid.refresh_from_db()
    assert paid.division == "330182001001"
    assert orders_by(1) == ["2026-08"]
    assert path_sweeps.begin_by_data(today=TODAY, at=days(200)) == 0


def test_what_is_paid_after_a_move_belongs_to_the_new_division(paid, boss) -> None:
    home = paid.division
    orders_by(1)
    paid.household.division = "330182001001"
    paid.household.save()
    path_sweeps.begin_by_data(today=TODAY, at=days(40))
    go(Path.objects.get(), "hand_over", boss, days(40))
    orders_by(3)
    assert dict(delivery.orders().values_list("period", "division")) == {
        "2026-08": home, "2026-09": "330182001001", "2026-10": "330182001001",
    }  # fmt: skip
    assert audit.looks("grant", paid.number).filter(action="follows_move").count() == 1


def test_a_year_that_changed_nothing_is_renewed_by_the_visit(paid, township) -> None:
    path_sweeps.begin_by_data(today=TODAY + timedelta(days=366), at=days(366))
    path = Path.objects.get()
    go(path, "same", township, days(368))
    path.refresh_from_db()
    assert path.end == "renewed"
    assert path_sweeps.begin_by_data(today=TODAY + timedelta(days=400), at=days(400)) == 0
    assert path_sweeps.begin_by_data(today=TODAY + timedelta(days=740), at=days(740)) == 1


def test_a_recovery_needs_an_amount_a_reply_and_another_officer(paid, boss, second, resident) -> None:
    with pytest.raises(actions.CannotBe, match="amount"):
        actions.begin_path(case=paid, name="recovery", cause="重复发放", at=AT, by=boss)
    path = actions.begin_path(case=paid, name="recovery", cause="重复发放", amount_fen=68_000, at=AT, by=boss)
    assert "680.00" in "".join(Notice.objects.get(path=path).text["zh"])
    go(path, "reply", resident)
    go(path, "recover", second)
    path.refresh_from_db()
    assert (path.end, path.amount_fen) == ("owed", 68_000)


def test_a_double_click_moves_once_and_two_at_once_notice(paid, boss, second, third, resident) -> None:
    path = actions.begin_path(case=paid, name="suspension", cause="x", at=AT, by=boss)
    same = actions.begin_path(case=paid, name="suspension", cause="y", at=AT, by=boss)
    assert same.pk == path.pk
    go(path, "agree", resident)
    path.refresh_from_db()
    for _ in range(2):
        actions.move_path(path=path.pk, turn=1, move="drop", reason="x", at=AT, by=second)
    with pytest.raises(actions.Overtaken):
        actions.move_path(path=path.pk, turn=1, move="suspend", reason="x", at=AT, by=third)
    assert PathMove.objects.count() == 2


@pytest.mark.parametrize(
    ("role", "options"),
    [
        ("township", {"division": "330127208000"}),
        ("county", {"division": COUNTY, "department": "tax"}),
        ("county", {"division": "330182000000"}),
        ("finance", {"division": COUNTY}),
        ("resident", {}),
    ],
)
def test_only_the_deciding_office_decides(paid, boss, resident, make_user, role, options) -> None:
    path = actions.begin_path(case=paid, name="suspension", cause="x", at=AT, by=boss)
    go(path, "agree", resident)
    with pytest.raises(access.NotAllowed):
        go(path, "suspend", make_user(role, **options))


def test_nobody_decides_the_own_household(paid, boss, second, resident) -> None:
    path = actions.begin_path(case=paid, name="suspension", cause="x", at=AT, by=boss)
    go(path, "agree", resident)
    second.person_id = paid.applicant_id
    second.save()
    with pytest.raises(access.NotAllowed, match="own household"):
        go(path, "drop", second)


def test_a_stranger_begins_nothing(paid, make_user) -> None:
    stranger = make_user("resident")
    with pytest.raises(access.NotAllowed):
        actions.begin_path(case=paid, name="appeal", cause="x", at=AT, by=stranger)


def test_a_running_path_keeps_its_version(paid, boss, second, resident, monkeypatch) -> None:
    from dataclasses import replace

    path = actions.begin_path(case=paid, name="suspension", cause="x", at=AT, by=boss)
    old = book.version("suspension", path.version)
    newer = replace(old, version="2026-07-01", tasks={"decide": old.tasks["decide"]})
    known = {**book._all(), "suspension": {old.version: old, newer.version: newer}}
    monkeypatch.setattr(book, "_all", lambda: known)
    assert book.in_force(TODAY)["suspension"] is newer
    path.refresh_from_db()
    assert go(path, "agree", resident).task == "decide"
    assert path.version == old.version


def test_moves_and_notices_are_never_changed(paid, boss, resident) -> None:
    path = actions.begin_path(case=paid, name="suspension", cause="x", at=AT, by=boss)
    go(path, "agree", resident)
    for change in (
        lambda: PathMove.objects.update(reason="y"),
        lambda: Notice.objects.update(title={}),
        lambda: Path.objects.update(end="suspended"),
        lambda: Case.objects.filter(pk=paid.pk).update(state="refused", suspended_on=TODAY),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_loop_runs_the_sweeps(paid) -> None:
    Entitlement.objects.update(status="not_entitled")
    first = steps.advance(today=TODAY, at=AT, progress=lambda text: None)
    assert first["paths_begun"] == 1
    later = steps.advance(today=TODAY + timedelta(days=30), at=days(30), progress=lambda text: None)
    assert (later["paths_begun"], later["paths_went_on"]) == (0, 1)
