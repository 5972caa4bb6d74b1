"""A page in the browser that draws the figures."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from photopalette.figures.browser import find_browser


@contextmanager
def opened_page(**options: object) -> Iterator[Page]:
    """Open an empty page, which draws WebGL without a graphics card."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        yield playwright.chromium.launch(executable_path=find_browser(), args=arguments).new_page(**options)


def edit(page: Page) -> None:
    """Open the explorer's editor, and wait until it can be used."""
    page.click("#edit")
    page.wait_for_selector("#editor:not([inert]) #rows li")
