"""Pictures of every page, in both languages, on a phone and a desktop, for people to look at.

    python -m tests.browser.screenshots            # all roles
    python -m tests.browser.screenshots resident   # one

The pictures go to screenshots/; the county they show is kept in .demo-pictures and made once.
"""

import itertools
import sys
from pathlib import Path

from tests.browser.served import LANGUAGES, WIDTHS, browser, chromium, county, signed_in
from tests.browser.test_every_page import USERS
from tests.browser.walking import walk

TO = Path("screenshots")


def main(users: list[str]) -> int:
    """How it ended, for the shell."""
    if not chromium():
        print("Chromium is not installed: run make setup-system.")
        return 1
    with county(Path(".demo-pictures").absolute()) as address, browser() as opened:
        for user, language, width in itertools.product(users or USERS, LANGUAGES, WIDTHS):
            folder = TO / user / f"{language}-{width}"
            folder.mkdir(parents=True, exist_ok=True)
            with signed_in(opened, address, user, language, width) as page:
                for kind, _url in walk(page, address):
                    name = kind.strip("/").replace("/", "-") or "start"
                    page.screenshot(path=folder / f"{name}.png", full_page=True)
            print(f"{folder}: {len(list(folder.iterdir()))} pictures", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
