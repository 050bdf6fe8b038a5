"""One served county for each worker, one browser for each module of tests."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the county is served."""
    if not served.chromium():
        pytest.skip("Chromium is not installed: run make setup-system.")
    home: Path = tmp_path_factory.mktemp("county") / "home"
    with served.county(home) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A headless Chromium, gone with its loop before the worker tests anything else."""
    if not served.chromium():
        pytest.skip("Chromium is not installed: run make setup-system.")
    with served.browser() as found:
        yield found
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()
