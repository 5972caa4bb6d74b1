"""The browser that draws the figures, to open pages in."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from photopalette.figures.browser import find_browser

PATIENCE = 600_000  # milliseconds: what never happens fails a test, not what a busy machine takes long for
expect.set_options(timeout=PATIENCE)


@contextmanager
def started_browser() -> Iterator[Browser]:
    """Start a browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"], timeout=PATIENCE)
        yield browser
        browser.close()


@contextmanager
def opened_page(**options: object) -> Iterator[Page]:
    """Open an empty page in a browser of its own."""
    with started_browser() as browser:
        page = browser.new_page(**options)
        page.set_default_timeout(PATIENCE)
        yield page


def edit(page: Page) -> None:
    """Open the explorer's editor, and wait until it can be used."""
    page.click("#edit")
    page.wait_for_selector("#editor:not([inert]) #rows li")


def offered(page: Page, suffix: str) -> tuple[str, bytes]:
    """Read what a click on a link of the explorer saves, and under which name, without a download.

    Of many downloads in a row, the browser may hold one up for ever.
    """
    link = page.locator(f"[id='download-{suffix}']")
    kind, _, content = link.get_attribute("href").partition(";base64,")
    assert kind.startswith("data:")
    return link.get_attribute("download"), base64.b64decode(content)
