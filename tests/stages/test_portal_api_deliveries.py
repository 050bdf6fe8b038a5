"""Deliveries by API: sent, looked at, committed, withdrawn, repeated, and refused in plain words."""

import base64
import gzip
import hashlib
import io
import json
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from tests.stages.api_world import (
    BILL,
    BILL_HEAD,
    BILLS,
    CAR,
    OTHER,
    VEHICLES,
    WRONG,
    System,
    csv,
    system,
)

from huimin_platform.base import api_keys, clock
from huimin_platform.base.models import AuditLine
from huimin_platform.intake import queries
from huimin_platform.intake.models import Delivery, DeliveryFile

pytestmark = pytest.mark.django_db


def current() -> list[str]:
    return sorted(DeliveryFile.objects.filter(current=True).values_list("name", flat=True))


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    said = json.loads(answer.content)
    assert (answer.status_code, said["type"]) == (status, f"/api/v1/#problem-{code}"), said
    assert answer["Content-Type"] == "application/problem+json"
    assert said["status"] == status
    return said


def test_a_file_is_looked_at_then_committed(django_assert_max_num_queries: Any) -> None:
    police = system()
    answer = police.send(csv(CAR, OTHER))
    said = answer.json()
    assert (answer.status_code, said["state"], current()) == (201, "staged", [])
    assert answer["Location"] == f"/api/v1/deliveries/{said['id']}"
    assert said["changes"] == [
        {"data_set": VEHICLES, "rows_new": 2, "rows_changed": 0, "rows_gone": 0, "rows_same": 0}
    ]
    (file,) = said["files"]
    assert (file["name"], file["state"], file["rows_accepted"]) == ("police-1/vehicles.csv", "accepted", 2)
    for _ in range(2):
        committed = police.post(f"deliveries/{said['id']}/commit")
        assert committed.json()["state"] == "received"
    assert current() == ["police-1/vehicles.csv"]
    with django_assert_max_num_queries(14):
        assert police.get(f"deliveries/{said['id']}").json()["files"][0]["counts"]
    assert [each["id"] for each in police.get("deliveries").json()["deliveries"]] == [said["id"]]
    acts = AuditLine.objects.filter(by="police-1").values_list("action", flat=True)
    assert {"sends", "receives", "takes_in", "commits", "opens", "lists"} <= set(acts)


def test_a_good_file_is_committed_at_once_and_a_bad_one_is_not() -> None:
    hospital = system(name="hospital-1", data_sets=(BILLS,))
    good = hospital.send(csv(BILL, head=BILL_HEAD), "?commit=true", BILLS)
    assert good.json()["state"] == "received"
    bad = hospital.send(csv(BILL, WRONG, head=BILL_HEAD), "?commit=true&file=late.csv", BILLS).json()
    assert (bad["state"], bad["files"][0]["state"]) == ("staged", "partly")
    wrong = [each for each in bad["problems"] if each["severity"] == "error"]
    assert [(each["file"], each["row"], each["field"]) for each in wrong] == [
        ("hospital-1/late.csv", 3, "settled_on")
    ]
    assert "Write it like" in wrong[0]["message"]
    problem(hospital.post(f"deliveries/{bad['id']}/commit"), 409, "held-back")
    assert current() == ["hospital-1/medical_settlements.csv"]
    assert hospital.post(f"deliveries/{bad['id']}/discard").json()["state"] == "discarded"


def test_what_was_left_out_is_not_committed_any_more() -> None:
    police = system()
    number = police.send(csv(CAR)).json()["id"]
    police.post(f"deliveries/{number}/discard")
    problem(police.post(f"deliveries/{number}/commit"), 409, "decided")
    assert current() == []


def test_problems_come_a_page_at_a_time_in_the_language_asked_for_and_masked() -> None:
    police = system()
    rows = [f"浙A{n:05},马{n},33012719700101123X,小型轿车,2999-05-01" for n in range(7)]
    number = police.send(csv(*rows)).json()["id"]
    seen, cursor = [], ""
    while cursor is not None:
        page = police.get(f"deliveries/{number}?limit=3&cursor={cursor}").json()
        assert len(page["problems"]) <= 3
        seen += page["problems"]
        cursor = page["next"]
    assert {each["row"] for each in seen} == {2, 3, 4, 5, 6, 7, 8}
    assert len({(each["row"], each["field"], each["code"]) for each in seen}) == len(seen)
    assert not any("33012719700101123X" in str(each) for each in seen)
    chinese = police.get(f"deliveries/{number}", Accept_Language="zh-CN").json()
    assert "重新报送" in chinese["problems"][0]["message"] + chinese["problems"][-1]["message"]
    assert chinese["state_words"] != "Looked at, not taken in yet"


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl", "xlsx", "parquet", "gzip"])
def test_every_kind_of_file_is_taken(kind: str) -> None:
    police = system()
    frame = pl.read_csv(csv(CAR, OTHER), infer_schema=False)
    rows = frame.to_dicts()
    buffer = io.BytesIO()
    types = {
        "csv": "text/csv; charset=utf-8", "json": "application/json", "jsonl": "application/x-ndjson",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "parquet": "application/vnd.apache.parquet", "gzip": "text/csv",
    }  # fmt: skip
    if kind == "xlsx":
        frame.write_excel(buffer)
    elif kind == "parquet":
        frame.write_parquet(buffer)
    content = {
        "csv": csv(CAR, OTHER), "json": json.dumps(rows).encode(), "gzip": gzip.compress(csv(CAR, OTHER)),
        "jsonl": "\n".join(map(json.dumps, rows)).encode(),
    }.get(kind, buffer.getvalue())  # fmt: skip
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    headers = {"Content_Digest": f"sha-256=:{digest}:"} | (
        {"Content_Encoding": "gzip"} if kind == "gzip" else {}
    )
    answer = police.send(content, "?commit=true", content_type=types[kind], **headers)
    said = answer.json()
    assert (answer.status_code, said["state"], said["files"][0]["rows_accepted"]) == (201, "received", 2), (
        said
    )


def test_single_rows_replace_the_earlier_ones_of_their_key() -> None:
    medical = system(name="hospital-1", data_sets=("medical_settlements",), department="medical_insurance")
    contract = medical.get("datasets/medical_settlements/contract").json()
    assert contract["key"]
    row = {
        "结算流水号": "S1", "参保人姓名": "马一", "参保人身份证号": "330127197001011239", "结算日期": "2026-06-01",
        "总费用": 1234.10, "基金支付": 1000.05, "个人自付": 234.05,
    }  # fmt: skip
    path = "datasets/medical_settlements/records"
    first = medical.post(path, {"records": [row, row | {"结算流水号": "S2"}]}).json()
    assert (first["state"], first["files"][0]["rows_accepted"]) == ("received", 2), first
    second = medical.post(path, {"records": [row | {"总费用": "2000.00", "基金支付": "1765.95"}]}).json()
    assert second["state"] == "received", second
    counting = DeliveryFile.objects.filter(current=True)
    rows = pl.concat(queries.rows_that_count(counting).values()).sort("settlement_no")
    assert rows.select("settlement_no", "total_fen").rows() == [("S1", 200_000), ("S2", 123_410)]
    # A row need not have the columns of the one before, and what is held against what is files only.
    longer = row | {"结算流水号": "S3", "医疗机构": "县医院"}
    assert medical.post(path, {"records": [longer]}).json()["state"] == "received"
    assert medical.post(path, {"records": [row | {"结算流水号": "S4"}]}).json()["state"] == "received"
    wrong = medical.post(path, {"records": [row | {"结算日期": "soon"}]}).json()
    assert (wrong["state"], wrong["problems"][0]["row"]) == ("staged", 1)
    problem(medical.post(path, {"records": []}), 422, "wrong-values")
    said = problem(medical.post(path, {"rows": [row]}), 422, "wrong-values")
    assert {each["field"]: each["message"] for each in said["errors"]}["records"] == "This is missing."


def test_a_delivery_is_withdrawn_by_a_key_that_may(make_user: Any) -> None:
    police = system("sends", "withdraws", signed_by=make_user("leader"))
    number = police.send(csv(CAR), "?commit=true").json()["id"]
    assert current()
    problem(police.post(f"deliveries/{number}/withdraw", {"reason": " "}), 422, "wrong-values")
    said = police.post(f"deliveries/{number}/withdraw", {"reason": "wrong month"}).json()
    assert said["files"][0]["withdrawn_at"]
    assert current() == []
    staged = police.send(csv(OTHER)).json()["id"]
    problem(police.post(f"deliveries/{staged}/withdraw", {"reason": "x"}), 409, "decided")
    plain = system()
    problem(plain.post(f"deliveries/{number}/withdraw", {"reason": "x"}), 403, "not-permitted")


def test_what_would_end_what_is_there_needs_a_key_for_it(make_user: Any) -> None:
    police = system()
    problem(police.send(csv(CAR), "?kind=snapshot"), 403, "not-permitted")
    assert not Delivery.objects.exists()
    careful = system("sends", "replaces", signed_by=make_user("leader"))
    assert careful.send(csv(CAR), "?kind=snapshot&commit=true").json()["state"] == "received"


def test_a_request_that_is_repeated_is_answered_alike_and_done_once() -> None:
    police = system()
    first = police.send(csv(CAR), "?commit=true", Idempotency_Key="june")
    again = police.send(csv(CAR), "?commit=true", Idempotency_Key="june")
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again["Idempotency-Replayed"] == "true"
    assert again["Location"] == first["Location"]
    assert Delivery.objects.count() == 1
    problem(police.send(csv(OTHER), "?commit=true", Idempotency_Key="june"), 422, "other-request")
    problem(police.send(csv(CAR), Idempotency_Key="june"), 422, "other-request")
    problem(police.send(csv(CAR), Idempotency_Key="né"), 400, "idempotency-form")
    # The same content without a key is a delivery that says nothing new.
    repeated = police.send(csv(CAR), "?commit=true").json()
    assert repeated["files"][0]["state"] == "repeated"
    assert current() == ["police-1/vehicles.csv"]


def test_files_of_two_systems_never_take_each_others_place() -> None:
    one, two = system(), system(name="police-2")
    first = one.send(csv(CAR), "?commit=true").json()["id"]
    two.send(csv(OTHER), "?commit=true")
    assert current() == ["police-1/vehicles.csv", "police-2/vehicles.csv"]
    for path in (f"deliveries/{first}", f"deliveries/{first}?limit=1"):
        problem(two.get(path), 404, "not-there")
    for path in ("commit", "discard"):
        problem(two.post(f"deliveries/{first}/{path}"), 404, "not-there")
    assert [each["files"][0]["name"] for each in two.get("deliveries").json()["deliveries"]] == [
        "police-2/vehicles.csv"
    ]


def test_a_key_reaches_its_data_sets_only() -> None:
    police = system()
    problem(police.send(csv(CAR), data_set="medical_settlements"), 403, "not-permitted")
    problem(police.get("datasets/medical_settlements/contract"), 403, "not-permitted")
    number = police.send(csv(CAR), "?commit=true").json()["id"]
    # Another key of the same system, for another data set.
    narrow = system(data_sets=("medical_settlements",))
    problem(narrow.get(f"deliveries/{number}"), 404, "not-there")
    assert narrow.get("deliveries").json()["deliveries"] == []
    # A file of another data set is not taken for what the address says, and tells nothing of it.
    both = system(name="both", data_sets=("medical_settlements",))
    said = both.send(csv(CAR), data_set="medical_settlements").json()
    assert (said["files"][0]["state"], said["files"][0]["data_set"]) == ("refused", "medical_settlements")
    assert "another data set" in said["files"][0]["message"]
    said = both.send(csv(OTHER), data_set="medical_settlements").json()
    assert said["files"][0]["state"] == "unknown_kind"


@pytest.mark.parametrize("key", ["", "huimin_00000000_" + "A" * 43, "x"])
def test_without_a_known_key_nothing_is_answered(key: str) -> None:
    stranger = System(None, key)  # type: ignore[arg-type]
    answer = stranger.call("GET", "datasets", Authorization=f"Bearer {key}" if key else "")
    problem(answer, 401, "unknown-key" if key else "no-key")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_key_that_has_ended_is_refused_and_that_is_recorded() -> None:
    police = system()
    api_keys.revoke(key=police.key.pk, at=clock.now(), by="system")
    problem(police.get("datasets"), 401, "key-not-in-force")
    assert AuditLine.objects.filter(by="police-1", decision="deny").count() == 1
    unsigned = system("sends", "withdraws", name="other")
    problem(unsigned.get("datasets"), 401, "key-not-in-force")


def test_old_and_new_key_work_side_by_side() -> None:
    old = system()
    fresh, text = api_keys.rotate(key=old.key.pk, overlap=timedelta(days=7), at=clock.now(), by="system")
    assert old.get("datasets").status_code == System(fresh, text).get("datasets").status_code == 200


def test_the_quota_is_told_and_kept() -> None:
    police = system(requests_a_minute=2, bytes_a_day=len(csv(CAR)) + 5)
    first = police.send(csv(CAR))
    assert (first["X-RateLimit-Limit"], first["X-RateLimit-Remaining"]) == ("2", "1")
    assert '"minute";q=2;w=60' in first["RateLimit-Policy"]
    too_much = police.send(csv(CAR))
    problem(too_much, 429, "too-many")
    assert int(too_much["Retry-After"]) > 60
    police.get("datasets")
    refused = police.get("datasets")
    problem(refused, 429, "too-many")
    assert 1 <= int(refused["Retry-After"]) <= 30


def test_an_answer_that_is_known_is_not_sent_again() -> None:
    police = system()
    first = police.get("datasets")
    assert first["Vary"]
    same = police.get("datasets", If_None_Match=first["ETag"])
    assert (same.status_code, same.content) == (304, b"")
    other = police.get("datasets", If_None_Match=first["ETag"], Accept_Language="zh")
    assert other.status_code == 200


def test_the_catalogue_says_whose_why_and_how_fresh() -> None:
    police = system()
    police.send(csv(CAR), "?commit=true")
    said = police.get("datasets").json()
    (entry,) = said["data_sets"]
    assert (entry["name"], entry["state"], entry["rows_accepted"]) == (VEHICLES, "in_time", 1)
    assert entry["purpose"]
    assert entry["legal_basis"]
    assert entry["consumers"]
    assert said["sharing"]["data_sets_in_time"] == 1
    assert 0 < said["sharing"]["rate"] < 1
    contract = police.get(f"datasets/{VEHICLES}/contract", Accept_Language="zh").json()
    assert {"plate", "national_id"} <= {each["name"] for each in contract["fields"]}
    assert "columns:" in contract["text"]
