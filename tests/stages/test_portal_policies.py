"""The policy book: found, explained, calculated, printed and compared by anybody."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from huimin import rules
from huimin.units.words import Words
from huimin_platform.base import clock
from huimin_platform.portal import policybook
from huimin_platform.registry import tables

pytestmark = pytest.mark.django_db
NAMES = tables.book_with(()).names


def test_everyday_words_lead_to_the_policy(client: Client) -> None:
    page = client.get(reverse("portal:policies"), {"q": "没钱看病"}).content.decode()
    assert page.index("医疗救助") < page.index("最低生活保障边缘")


def test_words_that_no_policy_is_about_are_told_so(client: Client) -> None:
    page = client.get(reverse("portal:policies"), {"q": "zzzz"}).content.decode()
    assert reverse("portal:policy", args=["medical_aid"]) not in page


@pytest.mark.parametrize("name", NAMES)
def test_every_policy_has_its_pages(client: Client, name: str) -> None:
    # The page shows the version in force, or the last there is.
    versions = [each for each in tables.book().policies if each.name == name]
    policy = tables.book().version(name, clock.today()) or versions[-1]
    page = client.get(reverse("portal:policy", args=[name]))
    assert page.status_code == 200
    guideline = client.get(reverse("portal:guideline", args=[name])).content.decode()
    for condition in policy.conditions:
        assert condition.clause.article in guideline
    assert client.get(reverse("portal:policy_compare", args=[name])).status_code == 200


def test_the_calculator_answers_with_the_reasons(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = {
        "subsistence_standard": {"urban": 100000, "rural": 85000}, "edge_multiple": "1.5", "medical_share": "0.3",
        "vehicle_limit": 0, "home_limit": 1,
    }  # fmt: skip
    known = rules.ParameterSet("000000000000", date(2020, 1, 1), numbers, Words("试", "try"))
    monkeypatch.setattr(tables, "standards", lambda today: [SimpleNamespace(parameters=known)])
    said = {
        "calculate": "1", "members": "2", "person1_alive": "true", "person2_alive": "true",
        "person1_wages": "30,000", "person1_medical_own_expense": "20000", "empty_is_none": "on",
    }  # fmt: skip
    page = client.post(reverse("portal:policy", args=["medical_aid"]), said).content.decode()
    assert "7,700.00" in page
    assert "第二十九条" in page


def test_an_amount_left_empty_is_not_known_and_is_asked_for(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = {
        "subsistence_standard": {"urban": 100000, "rural": 85000}, "edge_multiple": "1.5", "vehicle_limit": 0, "home_limit": 1,
    }  # fmt: skip
    known = rules.ParameterSet("000000000000", date(2020, 1, 1), numbers, Words("试", "try"))
    monkeypatch.setattr(tables, "standards", lambda today: [SimpleNamespace(parameters=known)])
    client.cookies["huimin_language"] = "en"
    address = reverse("portal:policy", args=["subsistence_allowance"])
    said = {"calculate": "1", "members": "1", "person1_alive": "true", "household_residence": "urban"}
    page = client.post(address, said).content.decode()
    assert "it cannot be said yet" in page
    assert 'href="#id_person1_wages"' in page
    assert 'href="#id_household_residence"' not in page, "what was told is not asked again"
    # An amount of nought is told like any other, and one box says it of all that is empty.
    assert (
        'href="#id_person1_wages"'
        not in client.post(address, {**said, "person1_wages": "0"}).content.decode()
    )
    page = client.post(address, {**said, "empty_is_none": "on"}).content.decode()
    assert "1,000.00" in page


def test_who_is_refused_reads_which_other_policies_may_help_and_why(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = {
        "subsistence_standard": {"urban": 100000, "rural": 85000}, "edge_multiple": "1.5", "medical_share": "0.3",
        "vehicle_limit": 0, "home_limit": 1,
    }  # fmt: skip
    known = rules.ParameterSet("000000000000", date(2020, 1, 1), numbers, Words("试", "try"))
    monkeypatch.setattr(tables, "standards", lambda today: [SimpleNamespace(parameters=known)])
    monkeypatch.setattr(policybook, "place_of", lambda actor: "330127001002")
    client.cookies["huimin_language"] = "en"
    address = reverse("portal:policy", args=["subsistence_allowance"])
    said = {
        "calculate": "1", "members": "1", "household_residence": "urban", "person1_alive": "true",
        "person1_wages": "15000", "empty_is_none": "on",
    }  # fmt: skip
    page = client.post(address, said).content.decode()
    assert "By what you entered: not entitled." in page
    others = page[page.index('id="others"') : page.index("All policies")]
    # 1,250 yuan a month: over the standard, under one and a half of it. What nobody entered is named as open.
    edge, aid = (
        others.index(reverse("portal:policy", args=[name])) for name in ("low_income_edge", "medical_aid")
    )
    assert edge < aid
    assert "By what you entered: yes" in others[edge:aid]
    assert "Not known yet:" in others[aid:]
    assert reverse("portal:policy", args=["military_death_grant"]) not in others, (
        "nothing entered speaks for it"
    )
    # Who is entitled reads of nothing else.
    page = client.post(address, {**said, "person1_wages": "0"}).content.decode()
    assert 'id="others"' not in page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_days_that_no_law_names_are_told_from_those_of_the_law(client: Client, language: str) -> None:
    client.cookies["huimin_language"] = language
    own = {"en": "working figure, not law", "zh-hans": "工作时限，非法定"}[language]
    for address in ("portal:policy", "portal:guideline"):
        page = client.get(reverse(address, args=["chongqing_subsistence_allowance"])).content.decode()
        assert "第十九条第一款" in page
        # Visit and decision are ours; what the law has posted for seven days is not.
        assert page.count(own) == 2
        assert "第十八条第三项" in page
        page = client.get(reverse(address, args=["martyr_commendation"])).content.decode()
        policy = tables.book().policy("martyr_commendation", clock.today())
        assert page.count(own) == len(policy.steps)


def test_where_a_number_is_not_set_the_calculator_says_which(client: Client) -> None:
    said = {"calculate": "1", "members": "1", "person1_alive": "true", "person1_medical_own_expense": "20000"}
    page = client.post(reverse("portal:policy", args=["medical_aid"]), said).content.decode()
    assert "自付费用占家庭年收入比例" in page


def test_a_wrong_amount_is_told_at_its_field(client: Client) -> None:
    said = {
        "calculate": "1", "members": "1", "person1_wages": "many", "person1_pension": "9999999999999",
        "person1_homes": "201",
    }  # fmt: skip
    answer = client.post(reverse("portal:policy", args=["subsistence_allowance"]), said)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "many" in page
    assert "养老待遇 (元)：金额过大，请核对。" in page
    assert "住房：请填 0 到 200 之间的整数。" in page


@pytest.mark.parametrize("members", ["0", "99999999999999999999", "-1", "x", "１２"])
def test_any_number_of_members_is_borne(client: Client, members: str) -> None:
    assert client.get(reverse("portal:policy", args=["medical_aid"]), {"members": members}).status_code == 200


def test_a_policy_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get(reverse("portal:policy", args=["nothing"])).status_code == 404


def test_the_guideline_comes_as_pdf(client: Client) -> None:
    answer = client.get(reverse("portal:guideline_pdf", args=["medical_aid"]))
    if answer.status_code == 503:
        pytest.skip("Pango is not installed: run make setup-system.")
    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Disposition"].startswith("attachment")
