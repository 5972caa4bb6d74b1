"""Find the browser that kaleido drives, or install one: `python workflow/scripts/_browser.py`."""

import os
import shutil
import subprocess
import sys

REMEDIES = """\
No browser was found; kaleido needs one to draw the 3D scatter figures. Any of these helps:
  1. install Chromium or Chrome (Debian, Ubuntu: apt-get install chromium-headless-shell fonts-dejavu-core),
     or name the one you have: export BROWSER_PATH=/path/to/chrome
  2. let kaleido download its own: kaleido_get_chrome
  3. do without the scatter figures: set 'scatter: {static: false}' in the config"""


class BrowserError(RuntimeError):
    """No usable browser; the message says how to get one."""


def find_browser() -> str:
    """Return the path of the browser to use.

    ``BROWSER_PATH`` if it is set; else chromium-headless-shell, which starts fastest; else whatever
    kaleido finds, its own download included.

    Raises
    ------
    BrowserError
        If there is none, or ``BROWSER_PATH`` names no program.
    """
    if path := os.environ.get("BROWSER_PATH"):
        if shutil.which(path):
            return shutil.which(path)
        raise BrowserError(f"BROWSER_PATH is {path!r}, which is no program. Correct it or unset it.\n{REMEDIES}")
    if path := shutil.which("chromium-headless-shell"):
        return path
    # Only now, because the import takes longer than all the rest.
    from choreographer.browsers.chromium import Chromium

    if path := Chromium.find_browser(skip_local=False):
        return path
    raise BrowserError(REMEDIES)


def install_browser() -> str:
    """Install a browser by the first way that works here; never calls sudo.

    As root where there is apt: Debian's chromium-headless-shell, or chromium, with a font, without
    which every label vanishes. Else kaleido's own download.

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
