"""Withdrawal undoes exactly what a delivery did; snapshots, increments and late deliveries count as they are meant."""

# Django gives models keys and sets that no static reader sees.
# pyright: reportAttributeAccessIssue=false

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from tests.stages.county_world import AT, advance_matching, advance_needs, advance_registry
from tests.stages.village import (
    FARM,
    HEADS,
    HUSBAND,
    MEDICAL,
    NEIGHBOUR,
    PENSIONS,
    ROLL,
    SON,
    VEHICLES,
    WIFE,
    Village,
    resident,
    village,
)

from huimin_platform.base import access
from huimin_platform.base.models import AuditLine, User
from huimin_platform.intake import actions, queries, withdrawing
from huimin_platform.intake.actions import Terms
from huimin_platform.intake.models import Delivery, DeliveryFile
from huimin_platform.matching.models import Entitlement
from huimin_platform.needs.models import Need
from huimin_platform.registry.models import Fact, Link, Membership, OtherNationalId, Person

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)


@pytest.fixture
def steward(make_user: Any) -> User:
    return make_user("steward")


def sent(folder: Path, at: datetime = AT, terms: Terms = actions.PLAIN) -> Delivery:
    delivery = actions.receive(paths=[folder], at=at, by="system", terms=terms)
    assert delivery is not None
    return delivery


def file(folder: Path, name: str, *rows: str, head: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join([head or HEADS[name], *rows]) + "\n", encoding="utf-8")
    return folder


def current() -> list[str]:
    return sorted(each.name for each in queries.current_files())


def taken_up(at: datetime) -> None:
    advance_registry(at=at)
    advance_needs(at=at)
    advance_matching(at=at)


def state() -> dict[str, Any]:
    """All that the registry, needs and matching hold to be so now, with the ids of whom it is about."""
    files = [each.pk for each in queries.current_files()]
    facts = Fact.objects.filter(withdrawn_at=None)
    members = Membership.objects.filter(withdrawn_at=None)
    people = Person.objects.filter(
        merged_into=None, pk__in=Link.objects.filter(file__in=files).values("person")
    )
    fields = (
        "pk",
        "name",
        "sex",
        "born_on",
        "died_on",
        "division",
        "national_id_index",
        "phone_index",
        "card_index",
    )
    return {
        "files": files,
        "facts": sorted(
            map(repr, facts.values_list("person", "household", "kind", "value", "words", "started_on", "ended_on"))
        ),
        "members": sorted(map(repr, members.values_list("person", "household", "relation"))),
        "persons": sorted(map(repr, people.values_list(*fields))),
        "numbers": sorted(map(repr, OtherNationalId.objects.values_list("person", "national_id_index"))),
        "links": sorted(map(repr, Link.objects.filter(file__in=files).values_list("file", "line", "role", "person"))),
        "needs": sorted(map(repr, Need.objects.filter(state="open").values_list("household", "person", "kind"))),
        "answers": sorted(
            map(repr, Entitlement.objects.filter(current=True).values_list("household", "policy", "status", "amount_fen"))
        ),
    }  # fmt: skip


def bad() -> dict[str, Village]:
    """Deliveries that each do something else to the county."""
    first = village().rows
    return {
        "other numbers": Village(
            {FARM: [f"余望山,{SON},耕地地力保护补贴,3.00,99999.00,6217000012345678909"]}
        ),
        "a new person and a car": Village(
            {VEHICLES: [*first[VEHICLES], f"川A99999,余小海,{SON},小型轿车,2019-05-01"]}
        ),
        "another household": Village(
            {
                "公安局_常住人口.csv": [
                    resident(3, "户主", "郑巧云", WIFE, 19),
                    resident(1, "户主", "余望山", HUSBAND),
                ]
            }
        ),
        "more bills": Village(
            {MEDICAL: [*first[MEDICAL], f"B2,郑巧云,{WIFE},2026-03-03,市人民医院,90000.00,1000.00,80000.00"]}
        ),
        "nothing new": Village({FARM: first[FARM]}),
        "the roll": Village({ROLL: [f"葛长林,{NEIGHBOUR},1,800.00,2025-07,,农业银行,6217000012345678902"]}),
    }


@pytest.mark.parametrize("case", bad())
def test_receiving_two_and_withdrawing_the_second_is_receiving_the_first(
    case: str, tmp_path: Path, steward: User
) -> None:
    sent(village().write(tmp_path / "one"))
    taken_up(AT)
    before = state()
    bad_one = sent(bad()[case].write(tmp_path / "two"), LATER)
    taken_up(LATER)
    if case != "nothing new":
        assert state() != before
    withdrawing.withdraw(delivery=bad_one.pk, reason="错报", at=LATER, by=steward)
    taken_up(LATER + timedelta(hours=1))
    assert state() == before


def test_the_record_stays_and_past_answers_keep_what_they_were(tmp_path: Path, steward: User) -> None:
    sent(village().write(tmp_path / "one"))
    taken_up(AT)
    wrong = sent(bad()["more bills"].write(tmp_path / "two"), LATER)
    taken_up(LATER)
    fact = Fact.objects.get(kind="medical_own_expense", value=8_000_000)
    answers = Entitlement.objects.count()
    (gone,) = [
        each
        for each in withdrawing.withdraw(delivery=wrong.pk, reason="重复导出", at=LATER, by=steward)
        if each.name == MEDICAL
    ]
    taken_up(LATER + timedelta(hours=1))
    fact.refresh_from_db()
    assert (fact.received_at, fact.withdrawn_at) == (LATER, LATER + timedelta(hours=1))
    assert Entitlement.objects.count() >= answers
    kept = DeliveryFile.objects.get(pk=gone.pk)
    assert (kept.state, kept.withdrawn_by, kept.withdrawn_reason) == (
        "accepted",
        steward.username,
        "重复导出",
    )
    line = AuditLine.objects.get(action="withdraws", object_id=str(kept.pk))
    assert line.details["count_no_more"] == [kept.pk]
    assert len(line.details["count_again"]) == 1
    # Twice is once.
    assert withdrawing.withdraw(delivery=wrong.pk, reason="x", at=LATER, by=steward) == []
    assert DeliveryFile.objects.get(pk=gone.pk).withdrawn_reason == "重复导出"


def test_a_withdrawal_needs_a_reason_and_a_data_steward(
    tmp_path: Path, steward: User, make_user: Any
) -> None:
    delivery = sent(file(tmp_path / "d", VEHICLES, f"川A1,余望山,{HUSBAND},轿车,2019-05-01"))
    with pytest.raises(withdrawing.NoReason):
        withdrawing.withdraw(delivery=delivery.pk, reason=" ", at=AT, by=steward)
    with pytest.raises(access.NotAllowed):
        withdrawing.withdraw(delivery=delivery.pk, reason="x", at=AT, by=make_user("operator"))
    with pytest.raises(IntegrityError), transaction.atomic():
        DeliveryFile.objects.update(withdrawn_at=AT)


def test_withdrawn_content_does_not_come_back_by_itself(tmp_path: Path, steward: User) -> None:
    folder = file(tmp_path / "d", VEHICLES, f"川A1,余望山,{HUSBAND},轿车,2019-05-01")
    first = sent(folder)
    withdrawing.withdraw(delivery=first.pk, reason="错报", at=AT, by=steward)
    again = sent(folder, LATER).files.get()
    assert (again.state, again.message_code, again.message_params["reason"]) == (
        "refused",
        "was_withdrawn",
        "错报",
    )
    assert current() == []
    anyway = sent(folder, LATER, Terms(although_changed=True)).files.get()
    assert (anyway.state, anyway.message_code) == ("repeated", "counts_again")
    assert current() == [VEHICLES]


def test_what_two_deliveries_brought_still_counts_after_one_is_withdrawn(
    tmp_path: Path, steward: User
) -> None:
    folder = file(tmp_path / "d", VEHICLES, f"川A1,余望山,{HUSBAND},轿车,2019-05-01")
    first = sent(folder)
    second = sent(folder, LATER)
    withdrawing.withdraw(delivery=first.pk, reason="错报", at=LATER, by=steward)
    assert current() == [VEHICLES]
    withdrawing.withdraw(delivery=second.pk, reason="错报", at=LATER, by=steward)
    assert current() == []


def test_one_file_of_a_delivery_can_be_withdrawn(tmp_path: Path, steward: User) -> None:
    delivery = sent(village().write(tmp_path / "one"))
    (number,) = [each.pk for each in queries.files(delivery=delivery.pk) if each.name == FARM]
    gone = withdrawing.withdraw(delivery=delivery.pk, files=[number], reason="错报", at=AT, by=steward)
    assert [each.name for each in gone] == [FARM]
    assert FARM not in current()
    assert VEHICLES in current()


JUNE, JULY = "民政局_低保名册2026年6月.csv", "民政局_低保名册2026年7月.csv"


def roll(folder: Path, name: str, *people: str) -> Path:
    rows = [f"{who},1,800.00,2025-07,,农业银行,6217000012345678902" for who in people]
    return file(folder, name, *rows, head=HEADS[ROLL])


def test_a_register_of_a_later_month_ends_the_one_before_and_a_late_one_does_not(tmp_path: Path) -> None:
    one, two = f"余望山,{HUSBAND}", f"葛长林,{NEIGHBOUR}"
    sent(roll(tmp_path / "july", JULY, one))
    late = sent(roll(tmp_path / "june", JUNE, one, two), LATER).files.get()
    assert late.state == "accepted"
    assert current() == [JULY]
    assert late.as_of_on == date(2026, 6, 30)


def test_a_snapshot_ends_what_it_no_longer_names_and_an_increment_does_not(tmp_path: Path) -> None:
    head = HEADS[MEDICAL]
    row = "{},郑巧云," + WIFE + ",2026-02-03,市人民医院,7000.00,4000.00,{}.00"
    file(tmp_path / "a", "医保局_医疗结算甲.csv", row.format("B1", 900), row.format("B2", 800), head=head)
    file(tmp_path / "b", "医保局_医疗结算乙.csv", row.format("B2", 850), row.format("B3", 700), head=head)
    sent(tmp_path / "a")
    sent(tmp_path / "b", LATER, Terms(way="increment"))
    files = queries.current_files()
    kept = queries.rows_that_count(files)
    assert sorted(v for each in files for v in kept[each.pk]["own_fen"].to_list()) == [70_000, 85_000, 90_000]
    file(tmp_path / "c", "医保局_医疗结算丙.csv", row.format("B3", 710), head=head)
    sent(tmp_path / "c", LATER + timedelta(days=1), Terms(way="snapshot"))
    assert current() == ["医保局_医疗结算丙.csv"]


def test_a_snapshot_with_a_file_that_was_refused_ends_nothing(tmp_path: Path) -> None:
    row = "{},郑巧云," + WIFE + ",2026-02-03,市人民医院,7000.00,4000.00,{}"
    sent(file(tmp_path / "a", MEDICAL, row.format("B1", "900.00")))
    broken = tmp_path / "b"
    file(broken, "医保局_医疗结算东镇.csv", row.format("B2", "900.00"), head=HEADS[MEDICAL])
    file(broken, "医保局_医疗结算西镇.csv", row.format("B3", "不详"), head=HEADS[MEDICAL])
    sent(broken, LATER, Terms(way="snapshot"))
    assert current() == [MEDICAL]


def test_the_corrected_rows_alone_take_the_doubt_away(tmp_path: Path) -> None:
    row = "{},郑巧云," + WIFE + ",2026-02-03,市人民医院,7000.00,4000.00,{}"
    sent(file(tmp_path / "a", MEDICAL, row.format("B1", "900.00"), row.format("B2", "不详")))
    (first,) = queries.current_files()
    assert queries.unsure_that_count([first])[first.pk].height == 1
    sent(file(tmp_path / "b", MEDICAL, row.format("B2", "880.00")), LATER, Terms(way="increment"))
    files = queries.current_files()
    assert queries.unsure_that_count(files)[first.pk].height == 0
    kept = queries.rows_that_count(files)
    assert sorted(v for each in files for v in kept[each.pk]["own_fen"].to_list()) == [88_000, 90_000]


def test_the_page_ticks_nothing_and_withdraws_what_was_looked_at(
    tmp_path: Path, client: Client, make_user: Any, django_assert_max_num_queries: Any
) -> None:
    delivery = sent(village().write(tmp_path / "one"))
    client.force_login(make_user("steward", language="en"))
    page = f"/deliveries/{delivery.pk}/withdraw/"
    with django_assert_max_num_queries(9):
        shown = client.get(page).content.decode()
    assert " checked" not in shown.partition("<main")[2]
    assert client.post(page, {"reason": "sent twice"}).status_code == 422
    (number,) = [each.pk for each in queries.files(delivery=delivery.pk) if each.name == PENSIONS]
    said = {"chosen": [number], "reason": "sent twice"}
    check = client.post(page, said).content.decode()
    assert "Nothing has been withdrawn yet." in check
    assert PENSIONS in check
    assert PENSIONS in current()
    again = client.post(page, said | {"again": "1"}).content.decode()
    assert again.count(" checked") == 1
    assert PENSIONS in current()
    answer = client.post(page, said | {"confirmed": "1"}, follow=True)
    assert "Withdrawn" in answer.content.decode()
    assert PENSIONS not in current()
    shown = client.get(f"/deliveries/{delivery.pk}/files/{number}/").content.decode()
    assert "sent twice" in shown
    assert client.get("/deliveries/999/withdraw/").status_code == 404


def would_undo(delivery: Delivery) -> list[tuple[str, list[str], list[str], list[str]]]:
    """Of each file of a delivery: its name, what would count no more, what would again, and what counts instead."""

    def names(files: Any) -> list[str]:
        return [file.name for file in files]

    return [
        (each.file.name, names(each.cease), names(each.again), names(each.instead))
        for each in withdrawing.undoings(withdrawing.to_withdraw(delivery.pk))
    ]


def test_it_is_told_what_withdrawing_each_file_would_undo(
    tmp_path: Path, steward: User, client: Client
) -> None:
    one, two = f"余望山,{HUSBAND}", f"葛长林,{NEIGHBOUR}"
    june = sent(roll(tmp_path / "june", JUNE, one, two))
    july = sent(roll(tmp_path / "july", JULY, one), LATER)
    again = sent(roll(tmp_path / "again", JULY, one), LATER)
    assert would_undo(june) == [(JUNE, [], [], [JULY])]
    assert would_undo(july) == [(JULY, [], [], [JULY])], "another delivery brought the same"
    client.force_login(steward)
    client.cookies["huimin_language"] = "en"
    assert "has taken its place" in client.get(f"/deliveries/{june.pk}/withdraw/").content.decode()
    assert "came in another delivery too" in client.get(f"/deliveries/{july.pk}/withdraw/").content.decode()
    withdrawing.withdraw(delivery=again.pk, reason="错报", at=LATER, by=steward)
    assert would_undo(july) == [(JULY, [JULY], [JUNE], [])]
    (change,) = withdrawing.changes(withdrawing.to_withdraw(july.pk))
    assert (change.begin, change.cease, change.rows.fresh) == ((JUNE,), (JULY,), 1)


def test_what_was_replaced_and_is_withdrawn_does_not_count_again(tmp_path: Path, steward: User) -> None:
    one, two = f"余望山,{HUSBAND}", f"葛长林,{NEIGHBOUR}"
    june = sent(roll(tmp_path / "june", JUNE, one, two))
    july = sent(roll(tmp_path / "july", JULY, one), LATER)
    withdrawing.withdraw(delivery=june.pk, reason="错报", at=LATER, by=steward)
    assert current() == [JULY]
    withdrawing.withdraw(delivery=july.pk, reason="错报", at=LATER, by=steward)
    assert current() == []


def test_naming_no_file_withdraws_none(tmp_path: Path, steward: User) -> None:
    delivery = sent(village().write(tmp_path / "one"))
    before = current()
    assert withdrawing.withdraw(delivery=delivery.pk, files=[], reason="错报", at=AT, by=steward) == []
    assert current() == before
