"""Finding the row of headings and the contract it belongs to."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from huimin.intake.grid import Grid
from huimin.tables.contract import Contract
from huimin.tables.headings import plain

HEADING_ROWS = 50
FEWEST_HEADINGS = 2
LONGEST_HEADING = 40
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Share of the values in the telling column that must match before a data set is taken for told.
TOLD_SHARE = 0.9


@dataclass(frozen=True)
class Match:
    """A contract against a row of headings: for each of its columns the places that head it, best first.

    `guessed` are the columns whose heading is not known, but like a known one.
    """

    contract: Contract
    places: Mapping[str, tuple[int, ...]]
    guessed: frozenset[str] = frozenset()

    @property
    def used(self) -> frozenset[int]:
        """The places that some column stands at."""
        return frozenset(places[0] for places in self.places.values())

    @property
    def missing(self) -> list[str]:
        """The columns that must be there and are not; of those of which one must be, the first."""
        names = [column.name for column in self.contract.columns if column.must_be_there]
        missing = [name for name in names if name not in self.places]
        any_of = self.contract.any_of
        return missing + ([any_of[0]] if any_of and not any(name in self.places for name in any_of) else [])


@dataclass(frozen=True)
class Head:
    """The row of headings: its line, the headings as written, and how each contract fits them.

    `above` are the texts over it, `below` the cells of the row under it.
    """

    line: int
    headings: tuple[str, ...]
    matches: tuple[Match, ...]
    above: tuple[str, ...]
    below: tuple[str, ...] = ()

    @property
    def complete(self) -> list[Match]:
        """The contracts all of whose needed columns are there."""
        return [match for match in self.matches if not match.missing]


def find_head(grid: Grid, contracts: Iterable[Contract]) -> Head | None:
    """The row of headings of a sheet: the one that fits a contract best; nothing where none looks like it."""
    contracts = list(contracts)
    known = {heading for contract in contracts for heading in contract.by_heading}
    best: tuple[tuple[bool, int, int], Head] | None = None
    for place, (line, headings) in enumerate(_candidates(grid)):
        # Rows of values are most rows: whatever names too few columns of any contract fits none.
        if sum(plain(heading) in known for heading in headings if heading) < FEWEST_HEADINGS:
            continue
        matches = _all_matched(contracts, headings)
        counts = [(not match.missing, len(match.used)) for match in matches]
        complete, count = max(counts, default=(False, 0))
        if count < FEWEST_HEADINGS:
            continue
        rank = (complete, count, -place)
        if best is None or rank > best[0]:
            above = tuple(cell for above_line, row in grid.head for cell in row if cell and above_line < line)
            below = next((row for under, row in grid.head if under > line and any(row)), ())
            best = rank, Head(line, headings, matches, above, _legible(below))
    return best[1] if best else _looks_like_headings(grid, contracts)


def matched(contract: Contract, headings: Sequence[str]) -> Match:
    """Which columns of the contract the headings name."""
    return _matched(contract, [plain(heading) for heading in headings])


def chosen(matches: Sequence[Match], told: Mapping[str, float], file_name: str) -> list[Match]:
    """The contracts that remain possible: one when it is clear, several when the file does not tell.

    Who explains fewer of the headings than another gives way to it; then values tell, then the file's name.
    `told` says which share of the telling values matches, by contract.
    """
    fullest = [match for match in matches if not any(match.used < other.used for other in matches)]
    if len(fullest) == 1:
        return fullest
    sure = [match for match in fullest if told.get(match.contract.name, 0.0) >= TOLD_SHARE]
    if len(sure) == 1:
        return sure
    # Where several kinds are mixed in one file, its name must not make one of them.
    mixed = [match for match in fullest if 1 - TOLD_SHARE < told.get(match.contract.name, 0.0) < TOLD_SHARE]
    if len(mixed) > 1:
        return mixed
    stem = plain(file_name.rsplit(".", 1)[0])
    named = [match for match in fullest if any(word in stem for word in _file_words(match.contract))]
    return named if len(named) == 1 else fullest


def nearest(head: Head, file_name: str) -> Match:
    """The contract a file that fits none comes closest to: by headings, then by its name."""
    stem = plain(file_name.rsplit(".", 1)[0])

    def closeness(match: Match) -> tuple[float, float, int]:
        needed = sum(column.must_be_there for column in match.contract.columns) or 1
        likeness = SequenceMatcher(None, plain(match.contract.title.zh), stem).ratio()
        named = any(word in stem for word in _file_words(match.contract))
        return (1 - len(match.missing) / needed + named + likeness, likeness, len(match.used))

    return max(head.matches, key=closeness)


def _all_matched(contracts: Iterable[Contract], headings: Sequence[str]) -> tuple[Match, ...]:
    plain_headings = [plain(heading) for heading in headings]
    return tuple(_matched(contract, plain_headings) for contract in contracts)


def _matched(contract: Contract, plain_headings: Sequence[str]) -> Match:
    ranked: dict[str, list[tuple[int, int]]] = {}
    for place, heading in enumerate(plain_headings):
        column, rank = contract.by_heading.get(heading, ("", 0))
        if column:
            ranked.setdefault(column, []).append((rank, place))
    return Match(
        contract, {name: tuple(place for _, place in sorted(found)) for name, found in ranked.items()}
    )


def _file_words(contract: Contract) -> list[str]:
    words = (*contract.file_words, contract.title.zh, contract.name)
    return [plain(word) for word in words]


def candidates(grid: Grid) -> list[tuple[int, tuple[str, ...]]]:
    """Rows that may be headings: each one, and each with what stands above it where headings are merged."""
    return list(_candidates(grid))


def reads_like_headings(row: Sequence[str]) -> bool:
    """Whether a row has words only, none twice and none long."""
    filled = [cell for cell in row if cell]
    words = all(len(cell) <= LONGEST_HEADING and not re.search(r"[0-9]{3}", cell) for cell in filled)
    return len(filled) >= FEWEST_HEADINGS and words and len(set(filled)) == len(filled)


def _candidates(grid: Grid) -> Iterable[tuple[int, tuple[str, ...]]]:
    rows = [(line, _legible(row)) for line, row in grid.head[:HEADING_ROWS]]
    for place, (line, row) in enumerate(rows):
        yield line, row
        if place and sum(map(bool, rows[place - 1][1])) > 1:
            upper, lower = _level(rows[place - 1][1], row)
            yield line, tuple(below or above for above, below in zip(upper, lower, strict=True))
            yield line, _joined(upper, lower)


def _legible(row: Iterable[str]) -> tuple[str, ...]:
    """The cells without what cannot be seen: headings are named to people and kept as text."""
    return tuple(_UNSEEN.sub("", cell).strip() for cell in row)


def _level(upper: tuple[str, ...], lower: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Two rows brought to the same width."""
    width = max(len(upper), len(lower))
    return upper + ("",) * (width - len(upper)), lower + ("",) * (width - len(lower))


def _joined(upper: tuple[str, ...], lower: tuple[str, ...]) -> tuple[str, ...]:
    """Headings under headings, 男方 over 姓名, as one; an upper one reaches over empty cells beside it."""
    joined, over = [], ""
    for above, below in zip(upper, lower, strict=True):
        over = above or (over if below else "")
        joined.append(over + below)
    return tuple(joined)


def _looks_like_headings(grid: Grid, contracts: list[Contract]) -> Head | None:
    """The first row that reads like headings although no contract knows them."""
    for line, cells in grid.head[:HEADING_ROWS]:
        row = _legible(cells)
        if reads_like_headings(row):
            return Head(line, row, _all_matched(contracts, row), ())
    return None
