"""The guideline says what the policy computes, in words."""

from datetime import date
from pathlib import Path

import pytest

import huimin_policies
from huimin import rules
from huimin.rules.guideline import guideline, working_days
from huimin.rules.policy import Policy, Step
from huimin.rules.searching import Index, load_synonyms, terms
from huimin.units.words import Words

FOLDER = Path(huimin_policies.__path__[0])
BOOK = rules.load(FOLDER)
TODAY = date(2026, 7, 1)


def test_the_amount_is_said_with_its_brackets() -> None:
    found = guideline(BOOK, BOOK.policy("subsistence_allowance", TODAY), TODAY)
    assert found.amount is not None
    assert found.amount.zh == "（当地最低生活保障标准 − 家庭成员月人均收入） × 共同生活的家庭成员人数"
    assert found.amount.en.startswith("(local subsistence standard − income per head")


@pytest.mark.parametrize("policy", BOOK.policies, ids=lambda policy: policy.version)
def test_every_policy_can_be_said_in_both_languages(policy: Policy) -> None:
    found = guideline(BOOK, policy, policy.started_on)
    said = [each.formula for each in found.requirements] + [each.formula for each in found.terms]
    assert all(words.zh and words.en for words in said)
    assert len(found.requirements) == len(policy.conditions)
    assert not any("m." in words.zh for words in said), "a formula is said with its code"


def said(name: str, place: int) -> Words:
    return guideline(BOOK, BOOK.policy(name, TODAY), TODAY).requirements[place].formula


def test_and_and_or_are_told_apart_by_brackets() -> None:
    """Without them one village reads "A or B, and C" as another does not."""
    words = said("temporary_aid", 1)
    assert words.zh == (
        "遭遇的突发困难为“火灾、交通事故等意外”、“突发重大疾病”或者“遭遇其他特殊困难”，或者"
        "（遭遇的突发困难为“必需支出突然增加”，并且有在册低保金）"
    )
    assert words.en.endswith("or (sudden hardship is “sudden need”, and some allowance on the roll)")


def test_one_of_several_kinds_is_a_list() -> None:
    assert said("work_injury_pension", 1).zh.startswith(
        "工伤伤残等级为“一级”、“二级”、“三级”或者“四级”，或者（"
    )


def test_a_limit_is_said_of_what_is_limited() -> None:
    assert (
        said("severe_disability_care", 1).zh
        == "残疾等级（0 为无证）不低于 1 且不超过重度残疾等级（该级及以上）"
    )


def test_what_is_denied_is_said_without_two_noes() -> None:
    assert said("dependants_pension", 1).zh == (
        "在世的成员中有人符合“与因工死亡职工的供养关系为“配偶”或者“其他供养亲属”，并且没有劳动能力”"
    )
    assert said("low_income_edge", 1).zh == "不符合“最低生活保障”的条件"
    assert said("unemployment_insurance", 4).zh == "没有养老待遇"
    assert said("orphan_living", 2).zh == "孤儿养育方式为“机构集中养育”或者“社会散居”"


def test_what_is_bounded_is_said_by_its_bound() -> None:
    terms = {
        each.title.en: each.formula.zh
        for each in guideline(BOOK, BOOK.policy("work_injury_pension", TODAY), TODAY).terms
    }
    assert (
        terms["the injury pension"] == "（计发待遇的本人工资 × 伤残津贴比例）（最低按当地最低工资标准计算）"
    )
    assert terms["old-age pension a month after retiring"] == (
        "已办理退休手续的，为养老待遇 ÷ 核算期内领取养老待遇的月数（最低按 1 个月计算）；其他情形，为 0"
    )


def test_a_scale_has_a_line_for_each_bracket() -> None:
    figures = guideline(BOOK, BOOK.policy("old_age_allowance", TODAY), TODAY).figures
    said = {each.title.en: each.value for each in figures}
    assert said["old-age allowance by age: from 90 years to below 100 years"] == Words(
        "100.00 元/月", "100.00 yuan a month"
    )
    assert len(said) == 4


def test_policies_of_one_name_in_several_places_are_said_once() -> None:
    assert said("old_age_allowance", 2).zh.count("最低生活保障边缘家庭") == 1


def test_what_is_given_besides_money_is_said_with_its_table() -> None:
    """For how long unemployment benefit is drawn is the heart of it, and is in no amount."""
    found = guideline(BOOK, BOOK.policy("unemployment_insurance", TODAY), TODAY)
    assert [each.title.en for each in found.gives] == ["months it is drawn at most"]
    figures = {each.title.en: each.value for each in found.figures}
    assert any(value == Words("24 个月", "24 months") for value in figures.values())
    leave = guideline(BOOK, BOOK.policy("maternity_leave", TODAY), TODAY)
    assert leave.gives
    assert leave.amount is None


def test_days_are_those_of_the_longest_way() -> None:
    def step(key: str, days: int, *after: str) -> Step:
        return Step(key, Words(key, key), "civil_affairs", "county", days, (), after)

    assert working_days([step("a", 2), step("b", 5), step("c", 3, "a"), step("d", 1, "b", "c")]) == 6
    assert working_days([]) == 0


def test_a_number_of_the_region_is_shown_with_its_source() -> None:
    sets = [
        rules.ParameterSet(
            "330127000000", date(2025, 1, 1), {"medical_share": "0.3"}, Words("县发〔2025〕1号", "No. 1")
        )
    ]
    found = guideline(BOOK, BOOK.policy("medical_aid", TODAY), TODAY, "330127000000", sets)
    share = next(
        each for each in found.figures if each.title.en == "share of yearly income spent out of pocket"
    )
    assert share.value == Words("30%", "30%")
    assert share.source is not None
    assert share.source.zh == "县发〔2025〕1号"


def test_pairs_of_characters_are_the_terms() -> None:
    assert terms("低保 Aid") == ["低保", "aid"]
    assert terms("钱") == ["钱"]


def test_everyday_words_find_what_the_law_calls_otherwise() -> None:
    index = Index(BOOK, TODAY, load_synonyms(FOLDER))
    assert index.find("没钱看病")[0].policy.name == "medical_aid"
    assert index.find("吃低保")[0].policy.name == "subsistence_allowance"
    assert index.find("xyz") == []
    assert len(index.find("")) == len(index.policies)


def test_two_sentences_of_one_article_are_both_quoted() -> None:
    clauses = guideline(BOOK, BOOK.policy("unemployment_insurance", TODAY), TODAY).clauses
    assert len([each for each in clauses if each.article == "第十七条"]) == 2
