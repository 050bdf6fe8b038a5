"""Hostile, broken and mutated policy texts: none runs code, reads a file, hangs, grows or fails without a named error.

The ordinary test takes a few thousand. The full run, with its counts:

    python -m tests.generative.test_rules_fuzz 100000
"""

import collections
import importlib
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from huimin import rules
from huimin.rules.casework import household_of
from huimin.rules.errors import PolicyError
from huimin.rules.steps import STEPS

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "src" / "huimin_policies"
TEXT = Path("made", "fuzzed", "policy.yaml")
# Of the processor: a machine that does other work meanwhile is no fault of a text.
LONGEST_SECONDS = 5.0
MOST_GROWTH_MB = 150
# What a policy text may never make the interpreter do.
FORBIDDEN = (
    "open", "exec", "import", "os.", "subprocess.", "socket.", "shutil.", "ctypes.", "pty.", "marshal.", "pickle.",
    "sys.settrace", "sys.setprofile", "urllib.", "http.", "tempfile.", "glob.",
)  # fmt: skip
# What the functions that explain are made of: the steps we know, what they are called with, and made-up names.
OUR_NAMES = {
    *STEPS,
    *[
        "Reason",
        "titled",
        "told",
        "facts",
        "columns",
        "members",
        "parameters",
        "sources",
        "on",
        "number",
        "append",
        "tuple",
        "zip",
        "range",
        "_",
    ],
}
MADE_UP = re.compile(r"[vc][0-9]+|p[0-9]+_[0-9]+")

PLAIN = """
name: fuzzed
title: {zh: 甲, en: a}
summary: {zh: 甲, en: a}
department: civil_affairs
in_force: {started_on: 2020-01-01}
clauses: {c: {law: 甲法, article: 第一条, text: 甲}}
facts: [household.rent, person.wages, person.alive]
parameters:
  line: {title: {zh: 甲, en: a}, unit: fen_per_month, range: [0, 500000], by: [household.residence], clause: c}
  rates: {title: {zh: 甲, en: a}, unit: share, range: [0, 1], decimals: 2, clause: c,
    brackets: {unit: fen, range: [0, 1000000], most: 3}}
definitions:
  age: {title: {zh: 甲, en: a}, of: person, is: 'age_on(person.born_on, on)'}
  other: {title: {zh: 甲, en: a}, is: 'EXPRESSION'}
conditions:
  one: {is: 'CONDITION', met: {zh: 甲, en: a}, not_met: {zh: 甲, en: a}, unknown: {zh: 甲, en: a}, clause: c}
amount: {is: 'AMOUNT', unit: fen, rounding: half_up, clause: c}
period: month
"""
FACTS = """
person:
  wages: {title: {zh: a, en: a}, unit: fen, range: [0, 100000000], earlier: 3}
  alive: {title: {zh: a, en: a}, unit: condition}
  born_on: {title: {zh: a, en: a}, unit: date}
household:
  rent: {title: {zh: a, en: a}, unit: fen_per_month, range: [0, 500000]}
  residence: {title: {zh: a, en: a}, values: {urban: {zh: a, en: a}, rural: {zh: a, en: a}}}
"""
SOUND = {
    "EXPRESSION": "household.rent * months(2)",
    "CONDITION": "household.rent >= 0",
    "AMOUNT": "sum(m.wages for m in members if m.alive)",
}
HOSTILE = [
    "__import__(\"os\").system(\"id\")", "().__class__.__bases__[0].__subclasses__()", "open(\"/etc/passwd\").read()",
    "eval(\"1\")", "exec(\"x=1\")", "[x for x in ().__class__.__mro__]", "lambda: 1", "(x := 5)", "f\"{1}\"",
    "9**9**9**9", "1 << 99999999", "\"a\" * 999999999", "household.__class__", "household.rent.__init__.__globals__",
    "on.__class__", "members.__len__", "globals()", "getattr(household, \"rent\")", "vars()", "print(1)", "breakpoint()",
    "sum(sum(n.wages for n in members) for m in members)", "sum(m.wages for m in members for n in members)",
    "sum(m.wages for m in open(\"x\"))", "count(m for m in members if open(\"x\"))", "entitled(fuzzed)", "due(fuzzed)",
    "entitled(__import__)", "other", "1e308", "1e-308", "0x7fffffffffffffff", "1j", "b\"x\"", "...", "None", "True", "NaN",
    "marginal(rates, marginal(rates, fen(5)))", "single(line, fen(1))", "earlier(m.wages, 99)", "last_months(on, 3)",
    "months_after(on, months(999999))", "date(99999, 1, 1)", "date(2026, 2, 30)", "line[household.residence]", "line[0]",
    "line[\"urban\"][\"urban\"]", "rates[0]", "household[0]", "on[0]", "*members", "**members", "await on", "yield",
    "not not not not on", "household.rent if household.rent else household.rent", "1 if on else 2", "on < on < on",
    "household.residence == \"\\u202e\"", "\u202eon", "ｏｎ", "on\x00", "min()", "max(1)", "min(*[1, 2])", "round_up()",
    "yuan(0.001)", "fen(1.5)", "fen(on)", "years(-1)", "age_on(on)", "days_between(1, 2)", "1 / 0", "1 / household.rent",
]  # fmt: skip
TOKENS = [
    "household.rent", "household.residence", "m.wages", "m.alive", "m.born_on", "person.wages", "members", "on", "line",
    "rates", "age", "m.age", "other", "0", "1", "1.5", "fen(100)", "yuan(3)", "months(12)", "years(60)", "days(3)", "+",
    "-", "*", "/", "//", "%", "**", "<", "<=", ">", "==", "!=", "in", "not", "and", "or", "if", "else", "for", "(", ")",
    "[", "]", ",", ".", ":", "\"urban\"", "sum(", "count(", "any(", "all(", "min(", "max(", "round_half_up(", "date(",
    "age_on(", "months_between(", "months_after(", "marginal(", "single(", "earlier(", "last_months(", "due(", "entitled(",
    "fuzzed", "lambda", "m", "for m in members", "999999999999999999", "1_000", "~", "@", "is", "{", "}", "=", ";", "\\",
]  # fmt: skip
YAML = [
    "&a [*a]", "*a", "!!python/object/apply:os.system ['id']", "!!python/name:os.system", "!!binary aGk=", "<<: {a: 1}",
    "!!set {a}", "? [a]\n: b", "---", "...", "%YAML 9.9", "\t", "[" * 60, "{" * 60, "- " * 60, "|\n  text", ">\n  text",
    "~", "null", ".inf", ".nan", "0o17", "0b1", "1_000", "2026-02-30", "2026-13-01", "\u202e", "\ufeff", "\x07", "\x85",
    "💥", "a: b: c", "'", '"', "#", "{}", "[]", "yes", "1e999", "-1", "99999999999999999999999", "a" * 3000,
]  # fmt: skip


class Fuzzer:
    """Makes up texts, one after another, from a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        paths = sorted((POLICIES / "national").glob("*/policy.yaml"))
        # One that asks after others does not stand alone.
        texts = (path.read_text(encoding="utf-8") for path in paths)
        self.real = [text for text in texts if "entitled(" not in text and "due(" not in text]

    def text(self) -> tuple[str, bool]:
        """One text of a policy, and whether it is a real one, changed."""
        made = self.chance.choice([self._expressions, self._expressions, self._mutated, self._mutated_real])
        return made(), made == self._mutated_real

    def sound(self) -> str:
        """A text that is answered."""
        return self._filled(lambda sound: sound)

    def _filled(self, change: Callable[[str], str]) -> str:
        text = PLAIN
        for place, sound in SOUND.items():
            text = text.replace(place, change(sound))
        return text

    def _expressions(self) -> str:
        """A sound file with expressions that are not."""
        return self._filled(lambda sound: self._expression() if self.chance.random() < 0.5 else sound)

    def _expression(self) -> str:
        shape = self.chance.random()
        if shape < 0.3:
            found = self.chance.choice(HOSTILE)
        elif shape < 0.4:
            opening, closing = self.chance.choice(["()", "[]", "{}"])
            found = opening * self.chance.randint(1, 400) + "on" + closing * self.chance.randint(1, 400)
        elif shape < 0.5:
            found = (
                self.chance.choice(["not ", "-", "household.", "1+", "on<"]) * self.chance.randint(1, 900)
                + "on"
            )
        else:
            found = " ".join(self.chance.choice(TOKENS) for _ in range(self.chance.randint(1, 25)))
        return found.replace("'", "''")

    def _mutated(self) -> str:
        return self._mutate(self.sound())

    def _mutated_real(self) -> str:
        return self._mutate(self.chance.choice(self.real))

    def _mutate(self, text: str) -> str:
        """The text with a few characters, words or lines changed, moved, doubled or dropped."""
        for _ in range(self.chance.choice([1, 1, 1, 1, 1, 2, 3, 8])):
            kinds = [
                self._of_characters,
                self._of_lines,
                self._of_words,
                self._of_words,
                self._of_values,
                self._of_yaml,
            ]
            change = self.chance.choice(kinds)
            text = change(text) or "a"
        return text

    def _of_characters(self, text: str) -> str:
        place = self.chance.randrange(len(text))
        put = self.chance.choice(
            ["", chr(self.chance.randrange(1, 0x250)), self.chance.choice("{}[]:,'\"#&*!|>%@`\n \t")]
        )
        return text[:place] + put + text[place + self.chance.choice([0, 1, 1, 5]) :]

    def _of_lines(self, text: str) -> str:
        lines = text.split("\n")
        place, other = self.chance.randrange(len(lines)), self.chance.randrange(len(lines))
        match self.chance.randrange(4):
            case 0:
                del lines[place]
            case 1:
                lines.insert(other, lines[place])
            case 2:
                lines[place], lines[other] = lines[other], lines[place]
            case _:
                lines[place] = " " * self.chance.randrange(9) + lines[place].strip()
        return "\n".join(lines)

    def _of_words(self, text: str) -> str:
        words = text.split(" ")
        place = self.chance.randrange(len(words))
        words[place] = self.chance.choice(
            [self.chance.choice(words), self.chance.choice(TOKENS), "", str(2**63)]
        )
        return " ".join(words)

    def _of_values(self, text: str) -> str:
        """A value of one place put into another."""
        lines = text.split("\n")
        place = self.chance.randrange(len(lines))
        key, colon, _ = lines[place].partition(": ")
        value = self.chance.choice(lines).partition(": ")[2]
        lines[place] = f"{key}{colon}{value}" if colon else lines[place]
        return "\n".join(lines)

    def _of_yaml(self, text: str) -> str:
        lines = text.split("\n")
        place = self.chance.randrange(len(lines))
        key, colon, _ = lines[place].partition(":")
        put = self.chance.choice(YAML)
        lines[place] = f"{key}{colon} {put}" if colon and self.chance.random() < 0.7 else put
        return "\n".join(lines)


def of_ours(code: Any) -> bool:
    """Whether code is what we make of checked nodes: our own names and whole numbers, and not a word of a text."""
    if code.co_filename != "<huimin rules>":
        return False
    names = (*code.co_names, *code.co_varnames, *code.co_freevars)
    return all(name in OUR_NAMES or MADE_UP.fullmatch(name) for name in names) and all(
        of_ours(each) if isinstance(each, CodeType) else _is_plain(each) for each in code.co_consts
    )


def _is_plain(value: Any) -> bool:
    return (
        value in (None, "told")
        or isinstance(value, int)
        or (isinstance(value, tuple) and all(map(_is_plain, value)))
    )


class Watch:
    """Sees what the interpreter does while texts are read. An audit hook stays for good, so there is one."""

    def __init__(self) -> None:
        self.watching, self.seen, self.folder = False, [], ""
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.watching or not event.startswith(FORBIDDEN):
            return
        # The policy folder itself is looked through and read.
        own = bool(arguments) and str(arguments[0]).startswith(self.folder)
        if event == "exec" and of_ours(arguments[0]):
            return
        if not (own and (event in ("open", "glob.glob") or event.startswith(("os.scandir", "os.listdir")))):
            self.seen.append((event, repr(arguments)[:200]))

    @contextmanager
    def over(self, folder: Path) -> Iterator[list[tuple[str, str]]]:
        """What is seen meanwhile that no text may cause."""
        self.seen, self.folder, self.watching = [], str(folder), True
        try:
            yield self.seen
        finally:
            self.watching = False


def asked(folder: Path) -> str:
    """What comes of a text: "answered", or the name of the error it is refused with."""
    try:
        of = rules.load(folder)
        for policy in of.policies:
            home = household_of(of.facts, "330127000000", {}, ({}, {}))
            rules.explain_household(of, policy.name, home, policy.started_on).as_data()
    except PolicyError as error:
        assert error.say("zh")
        assert error.say("en")
        assert error.file or error.code in ("unknown_policy", "not_in_force", "not_here"), error.code
        return error.code
    return "answered"


def run(count: int, seed: int, watch: Watch) -> collections.Counter[str]:
    """Read so many texts; raises where one escapes, hangs, grows or is not refused by name."""

    def too_long(*_: Any) -> None:
        raise AssertionError("a text took too long")

    counts: collections.Counter[str] = collections.Counter()
    fuzzer = Fuzzer(seed)
    former = signal.signal(signal.SIGPROF, too_long)
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("error")
        plain, real = Path(name) / "plain", Path(name) / "real"
        for folder in (plain, real):
            (folder / "made" / "fuzzed").mkdir(parents=True)
        (plain / "facts.yaml").write_text(FACTS, encoding="utf-8")
        shutil.copy(POLICIES / "facts.yaml", real)
        shutil.copytree(POLICIES / "national" / "definitions", real / "made" / "definitions")
        # What is imported at first use is imported now.
        importlib.import_module("huimin.rules.wording")
        (plain / TEXT).write_text(fuzzer.sound(), encoding="utf-8")
        assert asked(plain) == "answered"
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(count):
            text, is_real = fuzzer.text()
            folder = real if is_real else plain
            (folder / TEXT).write_bytes(text.encode("utf-8", errors="surrogatepass"))
            signal.setitimer(signal.ITIMER_PROF, LONGEST_SECONDS)
            try:
                with watch.over(folder) as seen:
                    counts[asked(folder)] += 1
            except Exception as error:
                raise AssertionError(f"text {number} of seed {seed}: {error!r}\n{text}") from error
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            assert not seen, f"text {number} of seed {seed} caused {seen}\n{text}"
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - grown
    signal.signal(signal.SIGPROF, former)
    assert grown < MOST_GROWTH_MB * 1024, f"memory grew by {grown} KiB"
    return counts


def test_no_text_escapes_or_fails_without_a_named_error() -> None:
    counts = run(int(os.environ.get("FUZZ_TEXTS", "2000")), seed=20261123, watch=Watch())
    # The texts reach every layer: YAML, shape, syntax, names, types, units, ranges, and answers.
    assert {
        "yaml_syntax",
        "wrong_shape",
        "expression_syntax",
        "not_allowed",
        "unknown_name",
        "answered",
    } <= set(counts)
    assert len(counts) > 20


def test_the_watch_sees_what_it_watches_for(tmp_path: Path) -> None:
    watch = Watch()
    with watch.over(tmp_path) as seen:
        exec(compile("x = 1", "<test>", "exec"), {})
        Path(__file__).read_bytes()
        os.system("true")
    assert {event for event, _ in seen} >= {"exec", "open", "os.system"}
    for text in ("v1 = facts", "v1 = least(facts, 3)", "v1 = wages", "v1 = 'text'", "v1 = facts.wages"):
        assert of_ours(compile(text, "<huimin rules>", "exec")) == (
            text in ("v1 = facts", "v1 = least(facts, 3)")
        )


def test_a_failure_is_told_with_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["answered", "answered"])
    monkeypatch.setitem(run.__globals__, "asked", lambda folder: next(answers))
    with pytest.raises(AssertionError, match="text 1 of seed 1"):
        run(2, seed=1, watch=Watch())


if __name__ == "__main__":
    begun, wanted = time.perf_counter(), int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    outcome = run(wanted, seed=int(sys.argv[2]) if len(sys.argv) > 2 else 1, watch=Watch())
    for code, times in outcome.most_common():
        print(f"{times:8,}  {code}")
    print(
        f"{outcome.total():8,}  texts in {time.perf_counter() - begun:,.0f} s; none escaped, none failed unnamed"
    )
