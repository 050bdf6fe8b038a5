"""Walking through the pages of a role: every page of the menu, and the first of what each leads to."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Page

# Addresses that differ only in these are pages of one kind.
NUMBERS = re.compile(
    r"(?<=/)(?:[0-9A-Z][0-9A-Za-z-]*|[0-9A-Fa-f]{16,}|(?<=/indicators/)[a-z_]+|(?<=/policies/)(?!drafts/)[a-z_0-9]+|(?<=/catalogue/)(?!contracts/)[a-z_0-9]+|(?<=/processes/)[a-z_0-9]+)(?=/|$)"
)
DEEPEST = 3
NOT_PAGES = (
    "/download/",
    "/pdf/",
    "/workbook/",
    "/static/",
    "/preferences/",
    "/sign-out/",
    "/rows/",
    ".pdf",
    ".json",
)


def kind_of(address: str) -> str:
    """The address without what tells one case or person from another."""
    parts = urlsplit(address)
    return NUMBERS.sub("N", parts.path)


def walk(page: Page, address: str) -> Iterator[tuple[str, str]]:
    """The kinds of pages that can be reached, each opened once: kind and address, while the page shows it."""
    waiting, seen = [(page.url, 0)], set[str]()
    while waiting:
        url, depth = waiting.pop(0)
        kind = kind_of(url)
        if kind in seen:
            continue
        seen.add(kind)
        answer = page.goto(url)
        status = answer.status if answer else 0
        assert status == 200, f"{url}: {status}"
        pass_purpose(page)
        yield kind, url
        if depth < DEEPEST:
            waiting += [(found, depth + 1) for found in links(page, address)]


def pass_purpose(page: Page) -> None:
    """Says why the file is opened, where a page asks."""
    if page.locator("form input[name=purpose]").count():
        page.locator("form input[name=purpose]").first.check()
        page.locator("main form button.primary").first.click()
        page.wait_for_load_state()


def links(page: Page, address: str) -> list[str]:
    """The pages of this site that a page leads to."""
    found = page.eval_on_selector_all(
        "a[href]", "links => links.map(link => new URL(link.getAttribute('href'), document.baseURI).href)"
    )
    own = [url.split("#")[0] for url in found if url.startswith(address)]
    return [url for url in dict.fromkeys(own) if not any(part in url for part in NOT_PAGES)]
