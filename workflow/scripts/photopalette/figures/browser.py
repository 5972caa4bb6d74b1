"""Find the browser that draws, or install one: `python workflow/scripts/photopalette/figures/browser.py`."""

import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator

REMEDIES = """\
No browser was found, which the 3D scatter figures need. Do one of the following:
  1. install Chromium or Chrome (Debian, Ubuntu: apt-get install chromium-headless-shell fonts-dejavu-core),
     or name the one you have: export BROWSER_PATH=/path/to/chrome
  2. let kaleido download its own: kaleido_get_chrome
  3. do without the scatter figures: set 'scatter: {static: false}' in the config"""


# Names of Chromium and related browsers on Linux; the first one starts fastest.
_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "brave-browser",
    "vivaldi",
)


class BrowserError(RuntimeError):
    """No browser can be used; the message says how to get one."""


def find_browser() -> str:
    """Return the path of the first browser that works.

    This is ``BROWSER_PATH`` if it is set, or else chromium-headless-shell, which starts fastest, the browser that
    kaleido finds, which may be its own download, or any other on the PATH.

    Raises
    ------
    BrowserError
        If no browser works, or the one in ``BROWSER_PATH`` does not; the message quotes what they said.
    """
    if path := os.environ.get("BROWSER_PATH"):
        if not shutil.which(path):
            raise BrowserError(f"BROWSER_PATH is {path!r}, which is not a program. Correct it or unset it.\n{REMEDIES}")
        try:
            browser_version(shutil.which(path))
        except BrowserError as error:
            raise BrowserError(f"BROWSER_PATH does not name a working browser: {error}.\n{REMEDIES}") from None
        return shutil.which(path)
    faults: dict[str, str] = {}
    for path in _candidates():
        if path not in faults:
            try:
                browser_version(path)
                return path
            except BrowserError as error:
                faults[path] = str(error)
    found = "".join(f"  {fault}\n" for fault in faults.values())
    raise BrowserError(f"No working browser was found:\n{found}{REMEDIES}" if found else REMEDIES)


def _candidates() -> Iterator[str]:
    first, *others = map(shutil.which, _NAMES)
    if first:
        yield first
    # Only now, because the import takes longer than all the rest.
    from choreographer.browsers.chromium import Chromium

    yield from filter(None, [Chromium.find_browser(skip_local=False), *others])


@functools.cache
def browser_version(path: str) -> str:
    """Ask a browser for its version, which an installer's stub or a browser without its libraries can't tell.

    Raises
    ------
    BrowserError
        With the browser's own words.
    """
    with tempfile.TemporaryFile() as output:
        try:
            # No pipe, and a group of its own: a wrapper's children may keep a pipe open, and outlive it.
            process = subprocess.Popen(
                [path, "--version"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        except OSError as error:
            raise BrowserError(f"{path} can't be started: {error.strerror}") from None
        try:
            code = process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            raise BrowserError(f"{path} does not answer --version") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(0)
        lines = [line.strip() for line in output.read(10_000).decode(errors="replace").splitlines() if line.strip()]
    versions = [line for line in lines if re.search(r"\d+\.\d+", line)]
    if code == 0 and versions:
        return versions[-1]
    if not lines:
        raise BrowserError(f"{path} does not report its version (exit code {code})")
    raise BrowserError(f"{path} says: {' '.join(lines)[:300]}")


def install_browser() -> str:
    """Install a browser in the first way that works, without sudo.

    As root on a system with apt, this is Debian's chromium-headless-shell or chromium, with a font, without which
    figures have no text. Otherwise, it is kaleido's own download.

    Raises
    ------
    BrowserError
        If every way fails.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        _attempt("apt-get", "update", "-q")
        for package in ("chromium-headless-shell", "chromium"):
            if _attempt("apt-get", "install", "-y", "-q", "--no-install-recommends", package, "fonts-dejavu-core"):
                return find_browser()
    _attempt(os.path.join(os.path.dirname(sys.executable), "kaleido_get_chrome"), "-y")
    return find_browser()


def _attempt(*command: str) -> bool:
    print("+", " ".join(command), flush=True)
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode == 0
    except OSError as error:
        print(error)
        return False


if __name__ == "__main__":
    try:
        try:
            browser = find_browser()
        except BrowserError:
            if os.environ.get("BROWSER_PATH"):
                raise
            browser = install_browser()
    except BrowserError as error:
        sys.exit(str(error))
    print(f"Browser: {browser}")
