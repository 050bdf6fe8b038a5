"""A wrong text of a policy is told to whoever wrote it: file, line, what is wrong and what to write instead."""

from pathlib import Path

import pytest

import huimin_policies
from huimin import rules

FILE = "national/old_age_allowance/policy.yaml"
TEXT = (Path(huimin_policies.__path__[0]) / FILE).read_text("utf-8")
OLD = "age_on(person.born_on, on) >= years(80)"


def told(tmp_path: Path, before: str, after: str) -> rules.PolicyError:
    """What is said of the policy's text with one thing written otherwise."""
    assert before in TEXT
    facts = (Path(huimin_policies.__path__[0]) / "facts.yaml").read_text("utf-8")
    (tmp_path / "facts.yaml").write_text(facts, "utf-8")
    folder = tmp_path / "national" / "old_age_allowance"
    folder.mkdir(parents=True)
    # Without the other policies of the book nothing else can be wrong.
    text = TEXT.replace(before, after, 1).replace(" or entitled(low_income_edge)", "")
    (folder / "policy.yaml").write_text(text, "utf-8")
    with pytest.raises(rules.PolicyError) as wrong:
        rules.load(tmp_path)
    return wrong.value


@pytest.mark.parametrize(
    ("before", "after", "line", "cure"),
    [
        ("  article_33:", "\tarticle_33:", 10, "请用空格缩进"),
        ("en: 'Old-age allowance'}", "en: 'Old-age allowance'", 4, "花括号 { } 没有写全"),
        ("en: 'The person is eighty or older.'", "en: The person is eighty, or older.", 41, "有逗号、冒号的要加引号"),
        ("department: civil_affairs", "department：civil_affairs", 8, "中文冒号“：”不算"),
        ("department: civil_affairs", "department: civil_affairs\ndepartment: education", 8, "写了两次"),
        ("conditions:", "condition:", 33, "可以使用：conditions"),
        ("person.alive", "person.alife", 15, "person.alive"),
        (OLD, "age_on(person.born_on, on) >= years（80）", 40, "“（”请改成“(”"),
        (OLD, "age_on(person.born_on, on) ≥ years(80)", 40, "“≥”请改成“>=”"),
        (OLD, "age_on(person.born_on, on) 大于 years(80)", 40, "名称用英文"),
        (OLD, "age_on(person.born_on, on) = years(80)", 40, "两个等号 =="),
        (OLD, "(age_on(person.born_on, on) >= years(80)", 40, "没有写完"),
        (OLD, "age_on(person.born_on, on) >= 80", 40, "单位 years（年） 与 count（个数）"),
        (OLD, "age_on(person.born_on, on) >= yuan(80)", 40, "单位 years（年） 与 fen（分）"),
        (OLD, "open(1)", 40, "sum, years, years_after"),
        ("started_on: 2013-07-01}", "started_on: 2013年7月1日}", 8, "请写成 2026-07-01 的形式"),
        ("is: 5000}", "is: 50元}", 28, "不是数"),
        ("is: 5000}", "is: -5000}", 28, "不在声明的范围"),
        ("{from: 80, is: 5000}", "{from: 95, is: 5000}", 28, "按 from 递增"),
        ("rounding: half_up", "rounding: 四舍五入", 54, "可以取：half_up, down, up"),
        ("after: [review]", "after: [reveiw]", 74, "可以使用：review"),
        ("  - person.born_on\n", "", 15, "请在 facts 中加上它"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_its_cure(
    tmp_path: Path, before: str, after: str, line: int, cure: str
) -> None:
    wrong = told(tmp_path, before, after)
    words = wrong.say("zh-hans")
    assert words.startswith(f"{FILE}，第 {line} 行：")
    assert cure in words
    assert wrong.say("en").startswith(f"{FILE}, line {line}: ")
    assert "expected" not in words
