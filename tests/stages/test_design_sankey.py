"""A flow as a drawing: bands as wide as what flows, each a link that says what it is; a name never becomes markup."""

import re

from huimin_platform.design.sankey import Station, Stream, sankey

STATIONS = [
    Station("a", "From", 0),
    Station("b", "One <b>", 1),
    Station("c", "Two", 1),
    Station("d", "Nobody", 1),
]


def test_bands_are_as_wide_as_what_flows_and_lead_somewhere() -> None:
    drawn = sankey(
        STATIONS, [Stream("a", "b", 300, "300", "/one/"), Stream("a", "c", 100, "100")], words="All"
    )
    wide = [float(each) for each in re.findall(r'stroke-width="([0-9.]+)"', drawn)]
    assert wide[0] == 3 * wide[1]
    assert 'href="/one/"' in drawn
    assert "From → Two: 100" in drawn
    assert "<b>" not in drawn
    assert "style=" not in drawn


def test_what_nothing_flows_through_is_not_drawn() -> None:
    drawn = sankey(STATIONS, [Stream("a", "b", 300, "300"), Stream("a", "d", 0, "0")], words="All")
    assert "Nobody" not in drawn
    assert sankey(STATIONS, [], words="All") == ""
