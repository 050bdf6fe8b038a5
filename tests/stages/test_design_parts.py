"""The small parts of pages: comparison, charts, table heads, the why tree, words."""

from datetime import date

import pytest
from django.test import RequestFactory
from django.utils import translation

from huimin_platform.design import charts, compare, preferences, tables, why
from huimin_platform.design.templatetags import design
from huimin_platform.portal import navigation

COLUMNS = (
    tables.Column("Number", sort="number"),
    tables.Column("Amount", sort="amount_fen", number=True),
    tables.Column("x"),
)


def test_only_the_characters_that_differ_are_marked() -> None:
    row = compare.rows([("Name", "张小芳", "张晓芳")])[0]
    assert [(part.text, part.differs) for part in row.left] == [("张", False), ("小", True), ("芳", False)]
    assert not row.same


def test_a_value_missing_on_one_side_is_not_a_difference_of_characters() -> None:
    row = compare.rows([("Telephone", None, "138")])[0]
    assert row.missing == "one"
    assert row.left == []


def test_two_empty_sides_say_nothing() -> None:
    row = compare.rows([("Telephone", "", None)])[0]
    assert not row.same
    assert row.missing == "both"


def test_bars_start_at_zero_and_carry_their_value() -> None:
    drawn = charts.bars([charts.Bar("North", 50, "50 %"), charts.Bar("Hill", 25, "25 %")], top=100, goal=90)
    assert 'width="50.00%"' in drawn
    assert 'width="25.00%"' in drawn
    assert 'x1="90.00%"' in drawn
    assert "50 %" in drawn


def test_labels_of_bars_are_escaped() -> None:
    assert "<script>" not in charts.bars([charts.Bar("<script>", 1, "<b>", url='"onclick=')])


def test_a_chart_needs_no_style() -> None:
    drawn = charts.bars([charts.Bar("a", 1, "1")]) + charts.line([("1", 1.0), ("2", 2.0)], words="up")
    assert "style" not in drawn


def test_nothing_is_drawn_of_a_single_point() -> None:
    assert charts.line([("2026", 1.0)], words="one") == ""


def test_sorting_lives_in_the_address_and_turns_round() -> None:
    request = RequestFactory().get("/cases/?state=open&sort=number&page=3")
    heads = tables.heads(request, COLUMNS)
    assert heads[0].direction == "ascending"
    assert heads[0].url == "?state=open&sort=-number"
    assert heads[1].url == "?state=open&sort=amount_fen"
    assert heads[2].url == ""


def test_an_unknown_order_falls_back() -> None:
    request = RequestFactory().get("/cases/?sort=password")
    assert tables.heads(request, COLUMNS, default="number")[0].direction == "ascending"


def test_a_page_that_is_not_there_gives_the_nearest() -> None:
    request = RequestFactory().get("/?page=99")
    assert tables.page_of(request, list(range(120)), size=50).number == 3


TRACE = {
    "status": "not_met",
    "words": {"zh": "符合条件", "en": "Entitled"},
    "children": [
        {
            "status": "met",
            "words": {"zh": "收入低", "en": "Low income"},
            "change": {"zh": "无", "en": "nothing"},
        },
        {
            "status": "unknown",
            "words": {"zh": "住房", "en": "Homes"},
            "missing": [{"zh": "不动产", "en": "register"}],
        },
    ],
}


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "符合条件"), ("en", "Entitled")])
def test_the_why_tree_speaks_the_readers_language(language: str, words: str) -> None:
    with translation.override(language):
        tree = why.tree(TRACE)
    assert tree is not None
    assert tree.words == words


def test_the_why_tree_opens_where_something_is_not_met() -> None:
    with translation.override("en"):
        tree = why.tree(TRACE)
    assert tree is not None
    assert tree.open
    assert [child.open for child in tree.children] == [False, True]
    assert tree.children[0].change == ""
    assert tree.children[1].missing == "register"


def test_a_whole_explanation_is_a_tree_of_its_conditions() -> None:
    explanation = {
        "status": "entitled",
        "title": {"zh": "低保", "en": "Allowance"},
        "conditions": TRACE["children"],
        "amount": [[{"zh": "标准", "en": "standard"}, {"zh": "655 元", "en": "655 yuan"}]],
        "amount_clause": {"zh": "第十二条", "en": "article 12"},
    }
    with translation.override("en"):
        tree = why.tree(explanation)
    assert tree is not None
    assert (tree.status, tree.words, tree.values) == ("met", "Allowance", [("standard", "655 yuan")])
    assert len(tree.children) == 2


def test_a_status_that_is_not_one_of_three_is_a_fault() -> None:
    with pytest.raises(AssertionError):
        why.tree({"status": "maybe", "words": "x"})


def test_amounts_and_dates_are_said_as_people_write_them() -> None:
    assert design.yuan(125000) == "1,250.00"
    assert design.yuan(-5) == "-0.05"
    assert design.yuan(None) == "—"
    with translation.override("zh-hans"):
        assert design.yuan_words(100) == "1.00 元"
        assert design.day(date(2026, 7, 1)) == "2026年7月1日"
    with translation.override("en"):
        assert design.day("2026-07-01") == "1 July 2026"
    assert design.day_short(date(2026, 7, 1)) == "2026-07-01"
    assert design.share(0.8512) == "85.1 %"


def test_an_icon_is_hidden_from_screen_readers() -> None:
    assert 'aria-hidden="true"' in design.icon("search")
    with pytest.raises(AssertionError):
        design.icon("../secrets")


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("/cases/?a=1", "/cases/?a=1"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil", "/"),
        ("", "/"),
    ],
)
def test_one_goes_back_only_to_this_site(asked: str, kept: str) -> None:
    assert preferences.safe_return(asked) == kept


def test_a_list_in_a_sentence_is_parted_as_its_language_does() -> None:
    with translation.override("zh-hans"):
        assert design.joined([{"zh": "低保", "en": "allowance"}, "医疗"]) == "低保、医疗"
    with translation.override("en"):
        assert design.joined([{"zh": "低保", "en": "allowance"}, "aid"]) == "allowance, aid"


def test_the_menu_shows_what_a_role_may_see_under_headings_and_marks_where_one_is() -> None:
    county = navigation.parts("county", "/payments/")
    assert [str(item.url) for part in county for item in part.items if item.current] == ["/payments/"]
    assert county[0].title == ""
    assert all(part.items for part in county)
    assert len(navigation.parts("provider", "/")) < len(county)
    shown = {item.url for part in navigation.parts("village", "/") for item in part.items}
    assert "/findings/" not in shown
