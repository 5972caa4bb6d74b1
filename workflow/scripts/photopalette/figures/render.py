"""Draw figures with a browser until killed: `python render.py FOLDER BROWSER`, which `scatter` runs and watches.

Reads FOLDER/figures.json, a list of plotly figures, and writes FOLDER/0.png, 1.png, …, each of which appears only when
it is complete. An error is written to FOLDER/fault. As the browser may never end, the program that started this one
kills the whole process group when the last picture is there, or when no further one comes.
"""

import asyncio
import base64
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from choreographer import Browser, Tab
from choreographer.browsers.chromium import Chromium

_PAGE = """\
<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<style>html {{ overflow: hidden; }} body {{ margin: 0; }}</style>
<script src="{plotly}"></script>
<script src="{static}"></script>
</head>
<body><div id="figure"></div></body>
</html>
"""


class _ChildBrowser(Chromium):
    """choreographer's Chromium in the process group of this program, so that one signal ends both."""

    def get_popen_args(self) -> dict[str, Any]:
        return {**super().get_popen_args(), "start_new_session": False}

    def get_cli(self) -> list[str]:
        """Return a command in which a shell, instead of a Python program, redirects the browser's pipes."""
        _python, _wrapper, browser, *options = super().get_cli()
        # What is in the picture does not depend on the screen.
        options += ["--disable-lcd-text", "--force-color-profile=srgb"]
        # In so short a life, V8's last optimizer takes longer than what it saves.
        options += ["--js-flags=--no-opt"]
        return ["/bin/sh", "-c", 'exec "$0" "$@" 3<&0 4>&1 </dev/null >&2', browser, *options]


async def draw(figures: list[dict[str, Any]], folder: Path, path: str) -> None:
    """Write each figure as PNG into `folder`, under its number, with one browser."""
    page = folder / "index.html"
    # Found, not imported, which would take longer than a figure.
    plotly = Path(find_spec("plotly").origin).with_name("package_data") / "plotly.min.js"
    page.write_text(_PAGE.format(plotly=plotly.as_uri(), static=Path(__file__).with_name("static.js").as_uri()))
    browser = Browser(path, browser_cls=_ChildBrowser, tmp_dir=folder)
    _in_a_thread(lambda: _end_with_the_browser(browser, folder))
    await browser.open()
    tab = browser.get_tab() or await browser.create_tab()
    await _ask(tab, "Page.enable")
    loaded = tab.subscribe_once("Page.loadEventFired")
    await _ask(tab, "Page.navigate", url=page.as_uri())
    await loaded
    for number, figure in enumerate(figures):
        size = {name: figure["layout"][name] for name in ("width", "height")}
        await _ask(tab, "Emulation.setDeviceMetricsOverride", **size, deviceScaleFactor=1, mobile=False)
        await _evaluate(tab, f"draw({json.dumps(figure)})")
        picture = await _ask(tab, "Page.captureScreenshot", format="png")
        if not await _evaluate(tab, "hasDrawn()"):
            raise RuntimeError("it draws no WebGL")
        part = folder / f"{number}.part"
        part.write_bytes(base64.b64decode(picture["data"]))
        part.rename(folder / f"{number}.png")


async def _ask(tab: Tab, command: str, **params: Any) -> dict[str, Any]:
    """Send a command of the Chrome DevTools Protocol, https://chromedevtools.github.io/devtools-protocol/."""
    response = await tab.send_command(command, params)
    if "error" in response:
        raise RuntimeError(f"{command}: {response['error']['message']}")
    return response["result"]


async def _evaluate(tab: Tab, script: str) -> Any:
    """Run JavaScript in the page and wait for what it returns."""
    result = await _ask(tab, "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
    if "exceptionDetails" in result:
        exception = result["exceptionDetails"].get("exception", {})
        raise RuntimeError(exception.get("description") or result["exceptionDetails"]["text"])
    return result["result"].get("value")


def _in_a_thread(function: Callable[[], None]) -> None:
    threading.Thread(target=function, daemon=True).start()


def _end_with_the_browser(browser: Browser, folder: Path) -> NoReturn:
    """End this program when the browser ends, as choreographer may go on waiting for an answer."""
    while not hasattr(browser, "subprocess"):
        time.sleep(0.02)
    code = browser.subprocess.wait()
    _leave(folder, f"it was killed by signal {-code}" if code < 0 else f"it ended with exit code {code}")


def _end_with_the_parent() -> None:
    """End the process group when the parent process ends, which closes standard input."""
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def _leave(folder: Path, fault: str) -> NoReturn:
    """Report an error and exit at once, without waiting for threads, some of which may never end."""
    (folder / "fault").write_text(fault, encoding="utf-8")
    os._exit(1)


async def main(folder: Path, browser: str) -> NoReturn:
    _in_a_thread(_end_with_the_parent)
    try:
        await draw(json.loads((folder / "figures.json").read_text()), folder, browser)
    except BaseException as error:  # choreographer cancels its tasks when the browser has died
        _leave(folder, f"{type(error).__name__}: {error.args[0] if error.args else ''}".rstrip(": "))
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
