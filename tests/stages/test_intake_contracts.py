"""A county adds a data set by a text alone: written by one person, signed by another, then received, kept and shown."""

from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from tests.stages.county_world import AT, DAY, advance_registry, receive
from tests.stages.forest import FILE, FOREST, rows
from tests.stages.village import HUSBAND, village

from huimin_platform.base.models import AuditLine
from huimin_platform.intake import contracting, queries
from huimin_platform.intake.contract_models import ContractText
from huimin_platform.registry.models import Fact, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(make_user: Any) -> ContractText:
    kept = contracting.put(
        name="forest_subsidies", text=FOREST, reason="会议纪要 7 号", at=AT, by=make_user("operator")
    )
    return contracting.sign(contract=kept.pk, publish=True, reason="", at=AT, by=make_user("steward"))


def deliver(folder: Path, *lines: str) -> Any:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(rows(*lines), encoding="utf-8")
    receive(folder)
    return queries.files().filter(name=FILE)[0]


def test_a_new_data_set_of_a_new_department_reaches_the_person_file(
    signed: ContractText, tmp_path: Path, client: Client, make_user: Any
) -> None:
    receive(village().write(tmp_path / "village"))
    file = deliver(tmp_path / "forest", f"余望山,{HUSBAND},1234.50,2025")
    assert (file.state, file.dataset, file.department) == ("accepted", "forest_subsidies", "forestry")
    advance_registry()
    fact = Fact.objects.get(kind="forest_compensation", withdrawn_at=None)
    assert (fact.value, fact.started_on.year, fact.source_file_id) == (123_450, 2025, file.pk)
    client.force_login(make_user("county", division="510181000000", language="en"))
    client.post(f"/purpose/person/{fact.person_id}/", {"purpose": "visit"})
    said = client.get(f"/people/{fact.person_id}/").content.decode()
    assert "Forest compensation" in said
    assert "1,234.50" in said


def test_until_it_is_signed_nothing_is_read_by_it(make_user: Any, tmp_path: Path) -> None:
    contracting.put(name="forest_subsidies", text=FOREST, reason="纪要", at=AT, by=make_user("operator"))
    assert "forest_subsidies" not in queries.contracts()
    assert deliver(tmp_path / "f", f"余望山,{HUSBAND},12,2025").dataset != "forest_subsidies"


def test_a_file_in_the_folder_of_contracts_is_enough(settings: Any, tmp_path: Path) -> None:
    settings.HUIMIN_CONTRACTS = tmp_path / "contracts"
    settings.HUIMIN_CONTRACTS.mkdir()
    (settings.HUIMIN_CONTRACTS / "forest_subsidies.yaml").write_text(FOREST, encoding="utf-8")
    queries.look_again()
    assert deliver(tmp_path / "f", f"余望山,{HUSBAND},12,2025").state == "accepted"
    assert queries.department_words("forestry").en == "Forestry bureau"


def test_a_contract_of_the_same_name_stands_in_for_the_one_that_came_along(
    make_user: Any, tmp_path: Path
) -> None:
    from huimin_platform.intake import contracts

    text = contracts.text_of("vehicles").replace('version: "1"', 'version: "2"')
    text = text.replace("headings: [号牌号码,", "headings: [本县号牌, 号牌号码,")
    kept = contracting.put(name="vehicles", text=text, reason="纪要", at=AT, by=make_user("operator"))
    contracting.sign(contract=kept.pk, publish=True, reason="", at=AT, by=make_user("steward"))
    assert queries.contracts()["vehicles"].version == "2"
    folder = tmp_path / "v"
    folder.mkdir()
    head = "本县号牌,所有人,身份证明号码,车辆类型,初次登记日期"
    (folder / "公安局_机动车.csv").write_text(
        f"{head}\n川A11111,余望山,{HUSBAND},轿车,2019-05-01\n", encoding="utf-8"
    )
    receive(folder)
    assert queries.files().get().state == "accepted"


def test_rows_of_an_earlier_version_have_the_columns_of_the_new_one(
    signed: ContractText, make_user: Any, tmp_path: Path
) -> None:
    receive(village().write(tmp_path / "village"))
    deliver(tmp_path / "forest", f"余望山,{HUSBAND},1234.50,2025")
    text = FOREST.replace('version: "1"', 'version: "2"').replace(
        "key: [national",
        "  place: {en: Place, type: text, class: internal, headings: [林地坐落]}\nkey: [national",
    )
    text = text.replace("value: amount_fen,", "value: amount_fen, words: place,")
    kept = contracting.put(name="forest_subsidies", text=text, reason="纪要", at=AT, by=make_user("operator"))
    contracting.sign(contract=kept.pk, publish=True, reason="", at=AT, by=make_user("steward"))
    advance_registry()
    assert Fact.objects.get(kind="forest_compensation").value == 123_450


def test_what_another_version_says_of_rows_that_came_is_taken_up_with_the_next_run(
    signed: ContractText, make_user: Any, tmp_path: Path
) -> None:
    receive(village().write(tmp_path / "village"))
    deliver(tmp_path / "forest", f"余望山,{HUSBAND},1234.50,2025")
    advance_registry()
    text = FOREST.replace('version: "1"', 'version: "2"').replace(
        "value: amount_fen,", "value: amount_fen, words: name,"
    )
    assert text.count("words: name") == 1
    kept = contracting.put(name="forest_subsidies", text=text, reason="纪要", at=AT, by=make_user("operator"))
    contracting.sign(contract=kept.pk, publish=True, reason="", at=AT, by=make_user("steward"))
    advance_registry()
    assert Run.objects.latest("pk").why == Run.Why.RELEASE
    assert "余望山" in str(Fact.objects.get(kind="forest_compensation", withdrawn_at=None).words)


def test_nobody_signs_what_they_wrote_and_nothing_is_signed_twice(make_user: Any) -> None:
    writer, other, third = make_user("steward"), make_user("steward"), make_user("leader")
    kept = contracting.put(name="forest_subsidies", text=FOREST, reason="纪要", at=AT, by=writer)
    assert contracting.put(name="forest_subsidies", text=FOREST, reason="纪要", at=AT, by=writer) == kept
    with pytest.raises(contracting.NotSigned):
        contracting.sign(contract=kept.pk, publish=True, reason="", at=AT, by=writer)
    with pytest.raises(contracting.NotSigned):
        contracting.sign(contract=kept.pk, publish=False, reason=" ", at=AT, by=other)
    contracting.sign(contract=kept.pk, publish=True, reason="", at=AT, by=other)
    contracting.sign(contract=kept.pk, publish=True, reason="", at=AT, by=other)
    with pytest.raises(contracting.NotSigned):
        contracting.sign(contract=kept.pk, publish=False, reason="doubt", at=AT, by=third)
    acts = AuditLine.objects.filter(kind="contract").order_by("pk").values_list("action", flat=True)
    assert list(acts) == ["proposes", "signs"]
    with pytest.raises(IntegrityError), transaction.atomic():
        ContractText.objects.filter(pk=kept.pk).update(signed_by=writer)
    with pytest.raises(IntegrityError), transaction.atomic():
        ContractText.objects.filter(pk=kept.pk).update(published=None)


WRONG = {
    "no name": ("Forest", FOREST, "小写字母"),
    "unknown department": ("forest", FOREST.replace("department_title", "# x"), "department_title"),
    "a kind there is": ("forest", FOREST.replace("forest_compensation:", "wages:"), "fact_kinds.wages"),
    "look-around": (
        "forest",
        FOREST.replace("file_words", 'told_by: {column: name, pattern: "^(?=x)"}\nfile_words'),
        "正则表达式",
    ),
    "an alias": ("forest", FOREST.replace("file_words: [公益林]", "file_words: &a [x]\nany_of: *a"), "引用"),
    "no rhythm": ("forest", FOREST.replace("freshness_days: 92", "freshness_days: 0"), "freshness_days"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_text_is_told_with_key_and_cure(case: str, make_user: Any) -> None:
    from django.utils import translation

    name, text, told = WRONG[case]
    with translation.override("zh-hans"), pytest.raises(contracting.NotSigned) as caught:
        contracting.put(name=name, text=text, reason="纪要", at=AT, by=make_user("steward"))
    assert told in str(caught.value)
    assert not ContractText.objects.exists()


def test_two_contracts_do_not_mean_two_things_by_one_kind(signed: ContractText) -> None:
    other = FOREST.replace("unit: fen", "unit: count").replace("[林权人]", "[经营人]")
    with pytest.raises(contracting.NotSigned):
        contracting.checked(name="forest_other", text=other)


def test_the_pages_write_check_and_sign(client: Client, make_user: Any) -> None:
    client.force_login(make_user("operator", language="en"))
    new = reverse("portal:write_contract")
    form = {"name": "forest_subsidies", "text": FOREST, "reason": "minutes 7"}
    assert client.get(new, {"data_set": "vehicles"}).status_code == 200
    wrong = client.post(new, form | {"text": FOREST.replace("type: name", "type: nom"), "check": "1"})
    assert wrong.status_code == 422
    assert "columns.name.type" in wrong.content.decode()
    checked = client.post(new, form | {"check": "1"}).content.decode()
    assert "Forestry bureau" in checked
    kept = client.post(new, form | {"propose": "1"}, follow=True)
    assert "Waits for a signature" in kept.content.decode()
    text = ContractText.objects.get()
    assert "Sign and put in force" not in kept.content.decode()
    client.force_login(make_user("leader", language="en"))
    assert "Sign and put in force" in client.get(f"/catalogue/contracts/{text.pk}/").content.decode()
    client.post(f"/catalogue/contracts/{text.pk}/sign/", {"outcome": "publish"})
    assert "Forest compensation" in client.get("/catalogue/").content.decode()
    assert client.get("/catalogue/forest_subsidies/").status_code == 200
    assert client.get("/catalogue/contracts/").status_code == 200
    assert client.get("/catalogue/contracts/999/").status_code == 404
    assert client.post("/catalogue/contracts/999/sign/").status_code == 404
    assert DAY


def test_the_example_in_the_documentation_is_a_contract() -> None:
    text = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n")[1].split("```")[0]
    assert (
        contracting.checked(name="forest_subsidies", text=example).kinds["forest_compensation"].unit == "fen"
    )


def test_the_page_drafts_from_a_sample(client: Client, make_user: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client.force_login(make_user("steward", language="en"))
    sample = SimpleUploadedFile("林业局_补偿.csv", rows(f"余望山,{HUSBAND},12.00,2025").encode())
    page = client.post(reverse("portal:write_contract"), {"sample": sample, "draft": "1"}).content.decode()
    assert "补偿金额（元）" in page
    assert "FILL_IN" in page
    nothing = SimpleUploadedFile("x.csv", b"%PDF-1.7")
    page = client.post(reverse("portal:write_contract"), {"sample": nothing, "draft": "1"}).content.decode()
    assert "No contract can be drafted from this file" in page
