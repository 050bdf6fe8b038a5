"""Every page that a role can reach, in both languages, on a phone and a desktop: it works, fits and can be read."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from tests.browser.served import WIDTHS, signed_in
from tests.browser.walking import walk

USERS = (
    "village",
    "township",
    "county",
    "steward",
    "finance",
    "auditor",
    "leader",
    "operator",
    "appraiser",
    "provider",
    "resident",
    "elder",
)
# All places are told of violations alone, which are what is looked at: telling where all is well takes as long as looking.
AXE_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
FITS = "document.documentElement.scrollWidth <= window.innerWidth + 1"
# English words that stand on a Chinese page as they are: names of formats, keys, and codes.
WIDEST = """() => [...document.querySelectorAll('main *')]
  .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1 && !e.closest('.scroll, .table-frame, svg'))
  .slice(0, 3).map(e => e.outerHTML.slice(0, 160))"""


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize(("language", "width"), [("zh-hans", "phone"), ("en", "desktop")])
def test_pages_work(browser: Browser, address: str, user: str, language: str, width: str) -> None:
    faults: list[str] = []
    with signed_in(browser, address, user, language, width) as page:
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        kinds = []
        for kind, url in walk(page, address):
            kinds.append(kind)
            faults += [f"{url}: {fault}" for fault in looked_at(page, language)]
    assert not faults, "\n".join(faults)
    assert len(kinds) >= 2 or user in ("resident", "elder")


def looked_at(page: Page, language: str) -> list[str]:
    """What is wrong with the page that is shown."""
    faults = []
    if page.locator("html").get_attribute("lang") != language:
        faults.append(f"not in {language}")
    if page.locator("h1").count() != 1:
        faults.append(f"{page.locator('h1').count()} titles")
    if not page.evaluate(FITS):
        faults.append(f"wider than {WIDTHS}: {page.evaluate(WIDEST)}")
    found: Any = Axe().run(page, options=AXE_OPTIONS)
    for violation in found.response["violations"]:
        places = [node["target"] for node in violation["nodes"][:3]]
        faults.append(f"{violation['impact']} {violation['id']}: {places}")
    return faults
