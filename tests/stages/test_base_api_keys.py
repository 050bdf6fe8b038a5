"""Keys of departments' systems: shown once, signed by a second person where they could do harm, counted, and ended."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from huimin_platform.base import access, api_answers, api_keys, api_quota
from huimin_platform.base.api_keys import Holder, Wanted, WrongKey
from huimin_platform.base.api_models import ApiAnswer, ApiKey
from huimin_platform.base.models import AuditLine, User

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, 1, tzinfo=UTC)
COUNTY, ELSEWHERE = "330127000000", "330182000000"
HOSPITAL = Holder("hospital-1", "县人民医院", "medical_insurance", COUNTY)
SENDS = Wanted(("sends",), ("medical_settlements",))
TAKES = Wanted(("exports",), exports=("payment",))


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def made(wanted: Wanted = SENDS, by: Any = "system", holder: Holder = HOSPITAL) -> tuple[ApiKey, str]:
    return api_keys.make(
        holder=holder, wanted=wanted, reason="协议 1 号", expires_at=AT + timedelta(days=365), at=AT, by=by
    )


def test_a_key_is_shown_once_and_found_again_by_what_was_shown(make_user: Any) -> None:
    key, text = made(by=make_user("steward"))
    assert text.startswith(f"huimin_{key.prefix}_")
    assert text.encode() not in bytes(key.digest)
    assert text not in str(AuditLine.objects.filter(kind="api_key").values_list("details", flat=True))
    assert api_keys.shown(text) == key
    assert api_keys.state(key, AT) == "in_force"
    for wrong in (
        "",
        "huimin_",
        text[:-1],
        text[:-1] + ("A" if text[-1] != "A" else "B"),
        text + "x",
        f" {text}",
    ):
        assert api_keys.shown(wrong) is None


def test_a_key_permits_its_acts_on_its_data_sets_and_nothing_else() -> None:
    key, _text = made()
    system = api_keys.acting(key)

    def may(action: str, kind: str, **named: Any) -> bool:
        return bool(access.allow(system, action, kind, **named))

    assert may("sends", "delivery", data_set="medical_settlements")
    assert may("opens", "contract", data_set="medical_settlements")
    assert not may("sends", "delivery", data_set="vehicles")
    assert not may("opens", "contract", data_set="vehicles")
    assert not may("withdraws", "delivery", data_set="medical_settlements")
    assert not may("replaces", "delivery", data_set="medical_settlements")
    assert not may("exports", "payment")
    assert not may("opens", "person")
    assert not may("sends", "delivery", data_set="medical_settlements", division=ELSEWHERE)
    # Without a key in its hand the system may do nothing at all.
    assert not access.allow(User.objects.get(pk=system.pk), "lists", "contract")


def test_a_key_that_could_do_harm_counts_when_a_second_person_signed_it(make_user: Any) -> None:
    maker, other = make_user("steward", username="one"), make_user("leader", username="two")
    key, _text = made(TAKES, maker)
    assert api_keys.state(key, AT) == "to_sign"
    with pytest.raises(WrongKey, match="Another person"):
        api_keys.sign(key=key.pk, at=AT, by=maker)
    with pytest.raises(access.NotAllowed):
        api_keys.sign(key=key.pk, at=AT, by=make_user("county"))
    for _ in range(2):
        assert api_keys.state(api_keys.sign(key=key.pk, at=AT, by=other), AT) == "in_force"
    assert AuditLine.objects.filter(kind="api_key", action="signs").count() == 1
    plain, _ = made(by=maker)
    with pytest.raises(WrongKey, match="does not wait"):
        api_keys.sign(key=plain.pk, at=AT, by=other)
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.filter(pk=key.pk).update(signed_by=maker)


def test_old_and_new_key_overlap_while_a_system_changes_them(make_user: Any) -> None:
    maker = make_user("steward", username="one")
    old, _ = made(TAKES, maker)
    with pytest.raises(WrongKey, match="in force"):
        api_keys.rotate(key=old.pk, overlap=timedelta(days=7), at=AT, by=maker)
    api_keys.sign(key=old.pk, at=AT, by=make_user("leader"))
    fresh, text = api_keys.rotate(key=old.pk, overlap=timedelta(days=7), at=AT, by=maker)
    old.refresh_from_db()
    assert (fresh.exports, fresh.follows, fresh.holder_id) == (["payment"], old, old.holder_id)
    assert [api_keys.state(each, AT + timedelta(days=6)) for each in (old, fresh)] == ["in_force", "in_force"]
    assert [api_keys.state(each, AT + timedelta(days=8)) for each in (old, fresh)] == ["expired", "in_force"]
    assert api_keys.shown(text) == fresh


def test_a_revoked_key_and_a_closed_system_count_no_more() -> None:
    key, _ = made()
    for _ in range(2):
        assert api_keys.state(api_keys.revoke(key=key.pk, at=AT, by="system"), AT) == "revoked"
    assert AuditLine.objects.filter(kind="api_key", action="revokes").count() == 1
    other, _ = made()
    User.objects.filter(pk=other.holder_id).update(is_active=False)
    assert api_keys.state(api_keys.all_keys().get(pk=other.pk), AT) == "closed"


def test_a_job_acts_by_the_keys_that_are_in_force_when_it_runs(make_user: Any) -> None:
    key, _ = made(TAKES)
    api_keys.sign(key=key.pk, at=AT, by=make_user("leader"))
    assert access.allow(api_keys.acting_for(key.holder, AT), "exports", "payment")
    assert not access.allow(api_keys.acting_for(key.holder, AT + timedelta(days=400)), "exports", "payment")
    officer = make_user("finance")
    assert api_keys.acting_for(officer, AT) is officer


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(()), "what the key is for"),
        (Wanted(("signs",), ("x",)), "what the key is for"),
        (Wanted(("exports",)), "which tables"),
        (Wanted(("sends",), ("x",), ("payment",)), "which tables"),
        (Wanted(("sends",)), "data sets"),
        (Wanted(("sends",), ("x",), requests_a_minute=0), "quota"),
    ],
)
def test_a_key_that_does_not_do_is_not_made(wanted: Wanted, said: str) -> None:
    with pytest.raises(WrongKey, match=said):
        made(wanted)
    assert not ApiKey.objects.exists()
    assert not User.objects.exists()


def test_a_system_has_one_department_and_division_and_is_no_person(make_user: Any) -> None:
    made()
    made()
    assert User.objects.filter(role="system").count() == 1
    make_user("county", username="li-wei")
    for holder, said in (
        (Holder("hospital-1", "", "medical_insurance", ELSEWHERE), "another department or division"),
        (Holder("li-wei", "", "health", COUNTY), "person"),
        (Holder("A B", "", "health", COUNTY), "small letters"),
        (Holder("clinic", "", "health", "3301"), "12 digits"),
    ):
        with pytest.raises(WrongKey, match=said):
            made(holder=holder)
    with pytest.raises(access.NotAllowed):
        made(by=make_user("county"))


def test_a_minute_is_spent_and_fills_again() -> None:
    key, _ = made(Wanted(("sends",), ("x",), requests_a_minute=6, bytes_a_day=1000))
    left = [api_quota.spend(key, size=0, at=AT).left for _ in range(6)]
    assert left == [5, 4, 3, 2, 1, 0]
    refused = api_quota.spend(key, size=0, at=AT)
    assert (refused.refused, refused.retry_in) == (True, 10)
    assert refused.headers["Retry-After"] == "10"
    again = api_quota.spend(key, size=0, at=AT + timedelta(seconds=10))
    assert (again.refused, again.left) == (False, 0)
    assert api_quota.spend(key, size=0, at=AT + timedelta(hours=1)).left == 5


def test_the_bytes_of_a_day_are_spent_and_what_is_refused_costs_nothing() -> None:
    key, _ = made(Wanted(("sends",), ("x",), requests_a_minute=100, bytes_a_day=1000))
    assert api_quota.spend(key, size=600, at=AT).bytes_left == 400
    refused = api_quota.spend(key, size=401, at=AT)
    assert (refused.refused, refused.bytes_left) == (True, 400)
    # Until midnight in China, 15 hours away.
    assert refused.retry_in == 15 * 3600
    assert not api_quota.spend(key, size=400, at=AT).refused
    assert api_quota.spend(key, size=1000, at=AT + timedelta(hours=15)).bytes_left == 0
    big, _ = made(Wanted(("sends",), ("x",), requests_a_minute=100, bytes_a_day=1000))
    assert api_quota.spend(big, size=1001, at=AT).refused
    assert api_quota.spend(big, size=1000, at=AT).bytes_left == 0


@pytest.mark.django_db(transaction=True)
def test_many_at_once_spend_no_more_than_there_is() -> None:
    key, _ = made(Wanted(("sends",), ("x",), requests_a_minute=20, bytes_a_day=1 << 30))

    def once(_number: int) -> bool:
        try:
            return api_quota.spend(key, size=1, at=AT).refused
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        refused = list(pool.map(once, range(50)))
    assert refused.count(False) == 20


def test_a_request_made_again_is_answered_alike() -> None:
    holder = made()[0].holder
    one, other = b"1" * 32, b"2" * 32
    told = api_answers.Told(201, "application/json", "/api/v1/deliveries/1", "{}")

    def begin(fingerprint: bytes, at: datetime = AT) -> Any:
        return api_answers.begin(holder=holder, key="k", fingerprint=fingerprint, at=at)

    assert begin(one) is None
    with pytest.raises(api_answers.UnderWay):
        begin(one)
    with pytest.raises(api_answers.OtherRequest):
        begin(other)
    api_answers.keep(holder=holder, key="k", told=told)
    assert begin(one) == told
    with pytest.raises(api_answers.OtherRequest):
        begin(other)
    assert begin(other, AT + timedelta(days=3)) is None
    api_answers.forget(holder=holder, key="k")
    assert begin(one) is None
    # One that was broken off can be made again after a while.
    assert begin(one, AT + timedelta(minutes=16)) is None
    assert api_answers.expire(at=AT + timedelta(days=3)) == 1
    assert not ApiAnswer.objects.exists()
