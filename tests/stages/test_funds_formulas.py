"""Formulas that a county writes: checked with the term and the cure, tried, signed by another, in force from their day."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction
from django.utils import translation
from tests.stages.funds_world import AT, COUNTY, TODAY, make_finance

from huimin_platform.base.models import Division
from huimin_platform.funds import formulas, sharing
from huimin_platform.funds.formula_models import FormulaText
from huimin_platform.funds.refusals import NotNow

pytestmark = pytest.mark.django_db
TEXT = formulas.example().replace("version: 2026-01-01", "version: 2027-01-01").replace("weight: 0.20", "weight: 0.10").replace("weight: 0.40", "weight: 0.50")  # fmt: skip
TABLE = (
    "Place\tPopulation\tPeople in need\tCost index\tStrain index\tPerformance\tWeaker area\tLast year, yuan\n"
    "甲镇\t1000\t10\t1\t1\t1\tno\t0\n乙镇\t100\t20\t1\t1\t1\tyes\t0"
)


@pytest.fixture(autouse=True)
def english(settings):
    settings.HUIMIN_TODAY = TODAY
    for code, name in (("330127201000", "甲镇"), ("330127202000", "乙镇")):
        Division.objects.update_or_create(code=code, defaults={"name": name})
    with translation.override("en"):
        yield


def trial(text: str = TEXT):
    formula = formulas.drafted(text, TODAY, COUNTY[:6])
    return formulas.tried(None, formula, sharing.read(TABLE, formula), 1_000_000, TODAY)


def proposed(by, text: str = TEXT) -> FormulaText:
    return formulas.propose(text=text, trial=trial(text), reason="More by need.", at=AT, today=TODAY, by=by)


def test_a_signed_text_holds_from_its_day_and_not_before() -> None:
    found = proposed(make_finance("a"))
    assert "2027-01-01" not in {
        each.version for each in formulas.in_force(found.proposed_by, date(2027, 6, 1)).values()
    }
    with pytest.raises(NotNow, match="Somebody else"):
        formulas.sign(number=found.pk, at=AT, today=TODAY, by=found.proposed_by)
    formulas.sign(number=found.pk, at=AT, today=TODAY, by=make_finance("b"))
    assert (
        formulas.in_force(found.proposed_by, date(2026, 12, 31))["assistance_funds"].version == "2026-01-01"
    )
    held = formulas.in_force(found.proposed_by, date(2027, 1, 1))["assistance_funds"]
    assert (held.version, float(held.factors[1].weight)) == ("2027-01-01", 0.5)


def test_trying_shows_each_place_beside_the_formula_in_force() -> None:
    rows = trial()
    assert sum(row["new_fen"] for row in rows) == sum(row["now_fen"] for row in rows) == 1_000_000
    by_place = {row["place"]: row["new_fen"] - row["now_fen"] for row in rows}
    assert by_place["甲镇"] < 0 < by_place["乙镇"], "more weight on need moves money to where the need is"
    assert all(sum(fen for _words, fen in row["steps"]) == row["new_fen"] for row in rows)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("weight: 0.10", "weight: 0.11", "factors: the weights come to 1.02"),
        ("grass_roots: 0.60", "grass_roots: 0.50", "grass_roots: 0.50 lies outside 0.6 to 1"),
        ("discretion: 0.10", "discretion: 0.70", "discretion: 0.70 lies outside 0.0 to 0.6"),
        ("floor: 0.95", "floor: x", "floor: “x” is no number"),
        ("times: 1.5", "times: 0.5", "uplift.times: 0.5 lies outside"),
        ("cap: 1.30", "cup: 1.30", "cup: this key is not known"),
        ("measure: [people]", "measure: []", "factors.population.measure: name at least one column"),
        ("version: 2027-01-01", "version: 2026-07-01", "after today"),
        ("version: 2027-01-01", "version: soon", "after today"),
        ("name: assistance_funds", "name: [", "not YAML"),
    ],
)
def test_a_wrong_text_is_told_with_the_term_and_the_cure(old: str, new: str, words: str) -> None:
    with pytest.raises(NotNow, match=words.replace("(", r"\(")):
        formulas.drafted(TEXT.replace(old, new), TODAY, COUNTY[:6])
    with translation.override("zh-hans"), pytest.raises(NotNow) as told:
        formulas.drafted(TEXT.replace(old, new), TODAY, COUNTY[:6])
    assert any("\u4e00" <= letter <= "\u9fff" for letter in str(told.value))


def test_nothing_is_proposed_untried_or_without_a_reason_and_a_repeat_changes_nothing() -> None:
    finance = make_finance("a")
    with pytest.raises(NotNow, match="Try it"):
        formulas.propose(text=TEXT, trial=[], reason="x", at=AT, today=TODAY, by=finance)
    with pytest.raises(NotNow, match="reason"):
        formulas.propose(text=TEXT, trial=trial(), reason=" ", at=AT, today=TODAY, by=finance)
    assert proposed(finance) == proposed(finance)


def test_a_day_is_signed_once_and_what_was_decided_stays() -> None:
    finance, second = make_finance("a"), make_finance("b")
    found, rival = proposed(finance), proposed(finance, TEXT.replace("cap: 1.30", "cap: 1.20"))
    formulas.sign(number=found.pk, at=AT, today=TODAY, by=second)
    with pytest.raises(NotNow, match="signed for this name already"):
        formulas.sign(number=rival.pk, at=AT, today=TODAY, by=second)
    formulas.refuse(number=rival.pk, reason="one is enough", at=AT, by=second)
    with pytest.raises(NotNow, match="decided already"):
        formulas.refuse(number=rival.pk, reason="again", at=AT, by=second)
    for change in ({"text": "x"}, {"state": "proposed"}, {"version": date(2030, 1, 1)}):
        with pytest.raises(DatabaseError), transaction.atomic():
            FormulaText.objects.filter(pk=found.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        FormulaText.objects.filter(pk=found.pk).delete()


def test_the_pages_try_propose_and_sign(client) -> None:
    finance, second = make_finance("a"), make_finance("b")
    client.cookies["huimin_language"] = "en"
    client.force_login(finance)
    given = {"text": TEXT, "table": TABLE, "pot_fen": "10000", "reason": "More by need."}
    page = client.post("/formulas/draft/", given | {"act": "try"}).content.decode()
    assert "By the new one" in page
    assert FormulaText.objects.count() == 0
    wrong = client.post(
        "/formulas/draft/", given | {"text": TEXT.replace("weight: 0.10", "weight: 9"), "act": "try"}
    )
    assert wrong.status_code == 422
    assert "lies outside 0.0 to 1.0" in wrong.content.decode()
    answer = client.post("/formulas/draft/", given | {"act": "propose"})
    found = FormulaText.objects.get()
    assert answer.url == f"/formulas/{found.pk}/"
    assert "You proposed this" in client.get(answer.url).content.decode()
    client.force_login(second)
    assert "it holds from 2027-01-01" in client.get(answer.url).content.decode()
    client.post(f"{answer.url}signature/")
    found.refresh_from_db()
    assert (found.state, found.decided_by) == ("signed", second)
    assert "2027-01-01" in client.get("/formulas/").content.decode()
    assert finance.division == COUNTY
