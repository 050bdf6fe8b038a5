"""Questions whose statement is kept give what the queryset gives, whatever the values."""

from typing import Any

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from tests.stages.funds_world import AT, make_person, make_world

from huimin_platform.base.models import AuditLine
from huimin_platform.base.prepared import add, add_many, is_any, is_like, prepared
from huimin_platform.funds.card_models import CardCheck
from huimin_platform.funds.models import BankMessage, Hold, Payment
from huimin_platform.registry.models import Person

pytestmark = pytest.mark.django_db


@prepared
def named(name: Any) -> QuerySet[Person]:
    return Person.objects.filter(name=name).order_by("pk")


@prepared
def of_keys(keys: Any) -> QuerySet[Person]:
    return Person.objects.filter(is_any("pk", keys)).order_by("-pk")


@prepared
def keys_like(pattern: Any) -> QuerySet[Person, int]:
    return Person.objects.filter(is_like("name", pattern)).order_by("pk").values_list("pk", flat=True)


@prepared
def locked() -> QuerySet[Person]:
    return Person.objects.select_for_update().order_by("pk")


@prepared
def checks_of(person: Any) -> QuerySet[CardCheck]:
    return CardCheck.objects.select_related("person", "asked_by").filter(person=person)


@pytest.fixture
def people() -> list[Person]:
    world = make_world()
    return [make_person(world, number) for number in range(3)]


def test_the_rows_are_those_of_the_queryset(people: list[Person]) -> None:
    for name in ("测试0", "测试2", "测试0"):
        assert named.rows(name) == list(Person.objects.filter(name=name))
    assert named.rows("nobody") == []
    found = named.first("测试1")
    assert found is not None
    plain = Person.objects.get(pk=people[1].pk)
    assert {field.attname: getattr(found, field.attname) for field in Person._meta.concrete_fields} == {
        field.attname: getattr(plain, field.attname) for field in Person._meta.concrete_fields
    }
    found.name = "别的"
    found.save()
    assert Person.objects.get(pk=found.pk).name == "别的"


def test_a_list_of_any_length_is_one_statement(people: list[Person]) -> None:
    keys = [person.pk for person in people]
    for some in ([], keys[:1], keys):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert [person.pk for person in of_keys.rows(some)] == some[::-1]
        assert len(asked) == 1
    assert keys_like.rows("测试_") == keys
    assert keys_like.rows("%1") == keys[1:2]
    assert keys_like.first("%") == keys[0]


def test_whether_there_is_one_and_how_many_were_changed(people: list[Person]) -> None:
    assert named.exists("测试0")
    assert not named.exists("nobody")
    assert (named.count("测试0"), named.count("nobody"), of_keys.count([people[0].pk])) == (1, 0, 1)
    assert named.update("测试0", name="改名", sex="男") == 1
    assert named.update("测试0", name="改名", sex="男") == 0
    assert named.update("测试1", sex="男") == 1
    assert set(Person.objects.values_list("name", "sex")) == {
        ("改名", "男"),
        ("测试1", "男"),
        ("测试2", "女"),
    }
    with pytest.raises(FieldDoesNotExist):
        named.update("测试0", surname="王")


def test_what_a_key_names_comes_along(people: list[Person]) -> None:
    [check] = checks_of.rows(people[0].pk)
    with CaptureQueriesContext(connection) as asked:
        assert check.person.name == "测试0"
        assert check.asked_by is None
    assert not asked.captured_queries


def test_values_of_the_database_become_those_of_the_model() -> None:
    AuditLine.objects.create(
        at=AT, by="x", action="finds", kind="case", object_id="1", decision="allow", digest=b"1",
        details={"王": [1, None]},
    )  # fmt: skip

    @prepared
    def lines() -> QuerySet[AuditLine]:
        return AuditLine.objects.order_by("pk")

    assert lines.rows()[0].details == {"王": [1, None]}


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_inside_a_transaction_alone() -> None:
    with transaction.atomic():
        assert locked.rows() == []
    with pytest.raises(transaction.TransactionManagementError):
        locked.rows()


def test_a_row_that_is_added_stands_and_has_its_key(people: list[Person]) -> None:
    message = add(
        BankMessage(
            outgoing=True, kind="order", name="B1.xml", sha256="0" * 64, content_sealed=b"\x00\xff'\\",
            state="pending", at=AT, counts={"files": 1},
        )
    )  # fmt: skip
    assert not message._state.adding
    kept = BankMessage.objects.get()
    assert (kept.pk, kept.name, bytes(kept.content_sealed)) == (message.pk, "B1.xml", b"\x00\xff'\\")
    assert (kept.counts, kept.problem, kept.batch, kept.at, kept.from_on) == (
        {"files": 1},
        None,
        None,
        AT,
        None,
    )
    message.state = "written"
    message.save(update_fields=["state"])
    assert BankMessage.objects.get().state == "written"


def test_rows_that_are_added_together_stand_and_have_their_keys(people: list[Person]) -> None:
    made = [
        CardCheck(
            id=f"c{number}", person=person, name=person.name, card_index=b"\x01\x02", division=person.division,
            asked_at=AT, national_id_index=None if number else b"\x00'",
        )
        for number, person in enumerate(people)
    ]  # fmt: skip
    assert add_many(made) is made
    kept = {check.pk: check for check in CardCheck.objects.filter(pk__startswith="c", card_index=b"\x01\x02")}
    assert [kept[f"c{number}"].person_id for number in range(3)] == [person.pk for person in people]
    assert bytes(kept["c0"].national_id_index or b"") == b"\x00'"
    assert kept["c1"].national_id_index is None
    assert add_many([]) == []
    before = CardCheck.objects.count()
    add_many(made, unless_known=True)
    assert CardCheck.objects.count() == before


def test_what_the_database_makes_by_itself_is_not_prepared() -> None:
    with pytest.raises(AssertionError):
        add(Payment(id="p"))
    assert Hold.objects.count() == 0
