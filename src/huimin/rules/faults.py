"""What is wrong with the writing of a policy's text, in words of whoever wrote it rather than of who reads YAML."""

import re

from huimin.units.words import Words

# What the reader of YAML says, and what to look for.
YAML_FAULTS: tuple[tuple[str, Words], ...] = (
    (
        "cannot start any token",
        Words(
            "这一行用了制表符（Tab），或者以特殊符号开头；请用空格缩进，以符号开头的文字加引号",
            "the line has a tab or begins with a special character; indent with spaces, quote such text",
        ),
    ),
    (
        "',' or '}'",
        Words(
            "花括号 { } 没有写全，或者里面的文字带有逗号、冒号、引号而没有加引号",
            "braces { } are not closed, or text in them has a comma, colon or quote and stands without quotes",
        ),
    ),
    (
        "',' or ']'",
        Words(
            "方括号 [ ] 没有写全，或者里面的文字带有逗号、冒号而没有加引号",
            "brackets [ ] are not closed, or text in them has a comma or colon and stands without quotes",
        ),
    ),
    (
        "could not find expected ':'",
        Words(
            "这一行或者上一行缺少冒号和空格“: ”（中文冒号“：”不算）",
            "a colon and a space are missing in this line or the one before (the Chinese colon does not count)",
        ),
    ),
    (
        "mapping values are not allowed",
        Words(
            "一行里多了一个冒号；文字里有冒号的要加引号",
            "the line has a colon too many; text with a colon is quoted",
        ),
    ),
    (
        "expected key",
        Words("缩进和上下行没有对齐", "the line is not indented like its neighbours"),
    ),
    (
        "expected <block end>",
        Words("缩进和上下行没有对齐", "the line is not indented like its neighbours"),
    ),
    (
        "unexpected end of stream",
        Words("引号或者括号没有写完", "a quote or bracket is not closed"),
    ),
)  # fmt: skip
YAML_OTHER = Words("{problem}", "{problem}")

WIDE = {
    "（": "(", "）": ")", "，": ",", "、": ",", "：": ":", "；": ";", "“": '"', "”": '"', "‘": "'", "’": "'",
    "＞": ">", "＜": "<", "＝": "==", "＋": "+", "－": "-", "−": "-", "≥": ">=", "≤": "<=", "≠": "!=", "×": "*", "÷": "/", "％": "/ 100",
}  # fmt: skip
WIDE_CHARACTER = Words("“{character}”请改成“{instead}”", "write {instead} for {character}")
OTHER_CHARACTER = Words(
    "这里不能写“{character}”；名称用英文，并且、或者、不是写成 and、or、not",
    "{character} cannot stand here; names are in English letters, and the joining words are and, or, not",
)
ONE_EQUALS = Words("相等要写两个等号 ==", "equality is written with two signs, ==")
NOT_CLOSED = Words("括号或者引号没有写完", "a bracket or quote is not closed")
NOT_READ = Words("写法不合规定", "it cannot be read")


def of_yaml(problem: str) -> Words:
    """What a fault of YAML means."""
    found = next((words for part, words in YAML_FAULTS if part in problem), None)
    return found or YAML_OTHER.filled(problem=problem or "unreadable")


def of_character(character: str) -> Words:
    """What to write instead of a character that no expression has."""
    if character in WIDE:
        return WIDE_CHARACTER.filled(character=character, instead=WIDE[character])
    return OTHER_CHARACTER.filled(character=character)


def of_expression(text: str, problem: str) -> Words:
    """What is wrong with an expression that cannot be read."""
    if re.search(r"(?<![<>=!])=(?!=)", text):
        return ONE_EQUALS
    return NOT_CLOSED if "closed" in problem or "unterminated" in problem else NOT_READ
