"""Sealed values open only where they were sealed; blind indexes find equal values and say nothing else."""

import pytest
from django.conf import settings
from django.db import connection

from huimin_platform.base import keys, secrets
from huimin_platform.base.models import DataKey

pytestmark = pytest.mark.django_db

WHERE = "registry.person.national_id"
NUMBER = "110101199003070011"


@pytest.fixture(autouse=True)
def fresh_keys() -> None:
    keys.forget()


def test_a_value_opens_where_it_was_sealed() -> None:
    blob = secrets.seal(NUMBER, where=WHERE, row=7)
    assert NUMBER.encode() not in blob
    assert secrets.unseal(blob, WHERE, 7) == NUMBER
    assert secrets.unseal(memoryview(blob), where=WHERE, row=7) == NUMBER
    assert secrets.seal(NUMBER, where=WHERE, row=7) != blob


@pytest.mark.parametrize(("where", "row"), [(WHERE, 8), ("registry.person.phone", 7)])
def test_a_value_moved_to_another_row_or_column_does_not_open(where: str, row: int) -> None:
    with pytest.raises(secrets.CannotUnseal):
        secrets.unseal(secrets.seal(NUMBER, where=WHERE, row=7), where, row)


def test_a_changed_cut_or_foreign_value_does_not_open() -> None:
    blob = secrets.seal(NUMBER, where=WHERE, row=7)
    for wrong in (blob[:-1], blob[:-1] + bytes([blob[-1] ^ 1]), b"", b"\xff" * 60, blob[:20]):
        with pytest.raises(secrets.CannotUnseal):
            secrets.unseal(wrong, WHERE, 7)


def test_many_are_sealed_as_one_is() -> None:
    texts = ["a", None, "", "王小明"]
    blobs = secrets.seal_many(texts, where=WHERE, rows=[1, 2, 3, 4])
    assert blobs[1] is None
    assert secrets.unseal_many(blobs, where=WHERE, rows=[1, 2, 3, 4]) == texts
    assert secrets.unseal(blobs[3] or b"", WHERE, 4) == "王小明"


def test_blind_indexes_are_equal_for_equal_values_however_written() -> None:
    one = secrets.blind_index("11010119900307001x", "national_id")
    assert len(one) == 16
    assert one == secrets.blind_index("１１０１０１ 19900307-001X", "national_id")
    assert one != secrets.blind_index("110101199003070011", "national_id")
    assert secrets.blind_index("+86 138-0013-8000", "phone") == secrets.blind_index("13800138000", "phone")
    assert secrets.blind_index("6222 0000 1111", "card") == secrets.blind_index("622200001111", "card")
    assert secrets.blind_index("幸福路 3 号", "address") == secrets.blind_index("幸福路３号", "address")
    assert secrets.blind_many(["13800138000", None], "phone") == [
        secrets.blind_index("13800138000", "phone"),
        None,
    ]


def test_each_kind_has_a_key_of_its_own() -> None:
    assert secrets.blind_index("13800138000", "phone") != secrets.blind_index("13800138000", "card")


@pytest.mark.django_db(transaction=True)
def test_a_key_outlives_the_transaction_that_first_needed_it() -> None:
    from django.db import transaction

    DataKey.objects.all().delete()
    keys.forget()
    with transaction.atomic():
        blob = secrets.seal(NUMBER, where=WHERE, row=7)
        transaction.set_rollback(True)
    keys.forget()
    assert secrets.unseal(blob, WHERE, 7) == NUMBER


def test_data_keys_are_kept_wrapped_and_by_class_and_year() -> None:
    secrets.seal(NUMBER, where=WHERE, row=7)
    key = DataKey.objects.get(pk=keys.sealing_key("sensitive").id)
    assert (key.use, key.name, key.algorithm) == ("seal", "sensitive", "AES-256-GCM")
    assert keys.sealing_key("sensitive").secret not in bytes(key.wrapped)


def test_another_master_key_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = secrets.seal(NUMBER, where=WHERE, row=7)
    keys.forget()
    monkeypatch.setattr(keys, "master_key", lambda: bytes(32))
    monkeypatch.setattr(keys, "forget", lambda: None)
    with pytest.raises(keys.WrongMasterKey):
        secrets.unseal(blob, WHERE, 7)


def test_the_master_key_is_not_in_the_database() -> None:
    secrets.seal(NUMBER, where=WHERE, row=7)
    path = settings.HUIMIN_HOME / "keys" / "master_key"
    assert path.stat().st_mode & 0o777 == 0o600
    with connection.cursor() as cursor:
        cursor.execute("select string_agg(encode(wrapped, 'hex'), '') from base_datakey")
        assert path.read_text() not in cursor.fetchone()[0]
