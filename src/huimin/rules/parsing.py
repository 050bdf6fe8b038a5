"""Expression text into Python's syntax tree, within limits of length, depth and alphabet."""

import ast
import re
import warnings

from huimin.rules import faults
from huimin.rules.errors import PolicyError

LONGEST_CHARACTERS = 2000
DEEPEST_NODES = 40
MOST_NODES = 500
# Numbers longer than this cannot be exact in 64 bits.
LONGEST_DIGITS = 18

_ALPHABET = re.compile(r"[ -~]*")
_LONG_NUMBER = re.compile(rf"[0-9_]{{{LONGEST_DIGITS + 1},}}")


def parse(text: str, file: str, line: int) -> tuple[ast.expr, str]:
    """The syntax tree of an expression, and the one-line text that its columns refer to."""
    flat = " ".join(text.split())
    _check_text(flat, file, line)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(flat, mode="eval").body
    except (SyntaxError, ValueError) as error:
        detail = faults.of_expression(flat, getattr(error, "msg", None) or str(error))
        raise PolicyError("expression_syntax", _short(flat), file=file, line=line, detail=detail) from None
    except (RecursionError, MemoryError):
        raise PolicyError("too_deep", _short(flat), file=file, line=line) from None
    _check_size(tree, flat, file, line)
    return tree, flat


def _check_text(text: str, file: str, line: int) -> None:
    if len(text) > LONGEST_CHARACTERS:
        raise PolicyError("too_deep", _short(text), file=file, line=line)
    odd = next((character for character in text if not _ALPHABET.fullmatch(character)), None)
    if odd is not None:
        detail = faults.of_character(odd)
        raise PolicyError("expression_syntax", _short(text), file=file, line=line, detail=detail)
    long = _LONG_NUMBER.search(text)
    if long:
        raise PolicyError("number_wrong", _short(long.group()), file=file, line=line)


def _check_size(tree: ast.expr, text: str, file: str, line: int) -> None:
    level: list[ast.AST] = [tree]
    nodes = depth = 0
    while level:
        depth += 1
        nodes += len(level)
        if depth > DEEPEST_NODES or nodes > MOST_NODES:
            raise PolicyError("too_deep", _short(text), file=file, line=line)
        level = [
            child
            for node in level
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, ast.expr_context)
        ]


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."
