"""The product as its users meet it: a make-believe county served to a real browser."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from huimin_platform.command.cast import PASSWORD

PERSONS = 500
WIDTHS = {"phone": 390, "desktop": 1440}
LANGUAGES = ("zh-hans", "en")
PATIENCE_S = 240
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def chromium() -> str | None:
    """Where the system's Chromium is; none where `make setup-system` has not been run."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextlib.contextmanager
def county(home: Path, persons: int = PERSONS) -> Iterator[str]:
    """The address of a served make-believe county, made in `home` where it is not there yet."""
    port = _free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HUIMIN_")}
    command = [sys.executable, "-m", "huimin_platform.command.demo", "--home", str(home)]
    log = (home.parent / f"{home.name}.log").open("w")
    process = subprocess.Popen(
        [*command, "--port", str(port), "--persons", str(persons)],
        stdout=log, stderr=log, env=environment, start_new_session=True,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        _await(f"{address}/health/", process, Path(log.name))
        yield address
    finally:
        process.terminate()
        process.wait(30)
        log.close()


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield found
        found.close()


@contextlib.contextmanager
def signed_in(browser: Browser, address: str, user: str, language: str, width: str) -> Iterator[Page]:
    """A page of somebody who has signed in, in a language, on a phone or a desktop."""
    context = window(browser, address, language, width)
    page = context.new_page()
    page.goto(address)
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button.primary")
    page.wait_for_load_state()
    yield page
    context.close()


def window(browser: Browser, address: str, language: str, width: str) -> BrowserContext:
    """A fresh window of a language and a width."""
    context = browser.new_context(viewport={"width": WIDTHS[width], "height": 900})
    context.add_cookies([{"name": "huimin_language", "value": language, "url": address}])
    context.set_default_timeout(20_000)
    return context


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _await(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        if process.poll() is not None:
            break
        time.sleep(0.5)
    raise RuntimeError(f"The county was not served:\n{log.read_text()[-2000:]}")
