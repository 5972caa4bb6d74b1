"""Draw figures with a browser until killed: `python render.py FOLDER BROWSER`, which `scatter` runs and watches.

Reads FOLDER/figures.json, a list of plotly figures, and writes FOLDER/0.png, 1.png, …, each of which appears only when
it is complete. An error is written to FOLDER/fault. As the browser may never end, the program that started this one
kills the whole process group when the last picture is there, or when no further one comes.
"""

import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import kaleido
from choreographer.browsers.chromium import Chromium

_FIGURES_A_PAGE = 20  # each takes some megabytes of the browser's memory until the page is reloaded


class _ChildBrowser(Chromium):
    """choreographer's Chromium in the process group of this program, so that one signal ends both."""

    def get_popen_args(self) -> dict[str, Any]:
        return {**super().get_popen_args(), "start_new_session": False}

    def get_cli(self) -> list[str]:
        """Return a command in which a shell, instead of a Python program, redirects the browser's pipes."""
        _python, _wrapper, browser, *options = super().get_cli()
        return ["/bin/sh", "-c", 'exec "$0" "$@" 3<&0 4>&1 </dev/null >&2', browser, *options]


class _FewPages(kaleido.Kaleido):
    """kaleido without reloading its page, with four megabytes of plotly.js, after every figure."""

    _drawn = 0

    async def _return_kaleido_tab(self, tab: Any) -> None:
        self._drawn += 1
        if self._drawn % _FIGURES_A_PAGE:
            await self.tabs_ready.put(tab)
        else:
            await super()._return_kaleido_tab(tab)


async def draw(figures: list[dict[str, Any]], folder: Path, browser: str) -> None:
    """Write each figure as PNG into `folder`, under its number, with one browser."""
    page = folder / "index.html"
    # By default, kaleido fetches MathJax from the network at every start.
    scripts = kaleido.PageGenerator(mathjax=False, others=[Path(__file__).with_name("static.js").as_uri()])
    page.write_text(scripts.generate_index())
    session = _FewPages(path=browser, browser_cls=_ChildBrowser, tmp_dir=folder, page_generator=page, timeout=None)
    _in_a_thread(lambda: _end_with_the_browser(session, folder))
    await session.open()
    for number, figure in enumerate(figures):
        size = {name: figure["layout"][name] for name in ("width", "height")}
        content = await session.calc_fig(figure, opts={"format": "png", "scale": 1, **size})
        part = folder / f"{number}.part"
        part.write_bytes(content)
        part.rename(folder / f"{number}.png")


def _in_a_thread(function: Callable[[], None]) -> None:
    threading.Thread(target=function, daemon=True).start()


def _end_with_the_browser(session: kaleido.Kaleido, folder: Path) -> NoReturn:
    """End this program when the browser ends, as kaleido may go on waiting for an answer."""
    while not hasattr(session, "subprocess"):
        time.sleep(0.02)
    code = session.subprocess.wait()
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
    except BaseException as error:  # kaleido cancels its tasks when the browser has died
        _leave(folder, f"{type(error).__name__}: {error.args[0] if error.args else ''}".rstrip(": "))
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
