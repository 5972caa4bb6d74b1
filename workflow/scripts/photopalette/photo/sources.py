"""Interpret and check the sources of photographs."""

import errno
import json
import os
import re
import stat
from collections.abc import Mapping
from typing import Any

from photopalette.run.secrets import is_local, redact, shown


def path_of(source: str) -> str:
    """Return the path of a local source, with ``~`` and ``~user`` expanded unless a file has that name."""
    return source if os.path.lexists(source) else os.path.expanduser(source)


def size_and_time(source: str) -> tuple[int, int] | None:
    """Return the size in bytes and modification time in nanoseconds of a local source; None if there is no file."""
    try:
        state = os.stat(path_of(source))
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns


def with_tilde(path: str, source: str) -> str:
    """Abbreviate a path in a home directory as its source does, so that records don't reveal the directory."""
    tilde = source.partition("/")[0]
    home = os.path.expanduser(tilde)
    return tilde + path.removeprefix(home) if home != tilde and path.startswith(home) else path


def sources(settings: Mapping[str, Any]) -> list[str]:
    """List the sources of an image, several for a set of photos."""
    return list(settings["photos"].values()) if settings.get("photos") else [settings["source"]]


def misplaced(images: Mapping[str, Mapping[str, Any]], folder: str = "data/raw") -> list[str]:
    """List an error message for each local source that its own copy would overwrite.

    Parameters
    ----------
    images
        Settings per image name.
    folder
        The folder of the copies, each named after its image.
    """
    copies = {os.path.join(os.path.realpath(folder), image) for image in images}
    return [
        f"  - images.{image}.source: {shown(source)} is where its own copy goes; move it out of {folder}"
        for image, settings in images.items()
        for source in sources(settings)
        if is_local(source) and os.path.realpath(path_of(source)) in copies
    ]


def source_fault(source: str) -> str | None:
    """Compose a message about an error in the text of a source; None if there is none."""
    name = json.dumps(redact(source), ensure_ascii=False)
    name = name if len(name) <= 80 else f"{name[:77]}…"
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", source)
    if "\0" in source:
        return f"{name} contains a null character, which no file name can; remove it"
    if re.match(r"https?://[^/]", source):
        if re.search(r"\s|[^ -~\x80-\U0010ffff]", source):
            return f"{name} contains a space or control character, which no URL can; encode it (a space is %20)"
    elif (scheme and len(scheme[1]) == 1) or source.startswith("\\\\"):
        if not os.path.lexists(source):
            return f"{name} is a path of Windows; in WSL, C:\\ is /mnt/c/, and every other \\ is a /"
    elif scheme and scheme[1] != "skimage":
        return (
            f"{name} begins with '{scheme[1]}:'; use http(s)://…, a local path (./… if a file really has that name), "
            "or skimage:NAME"
        )
    return None


def is_palette_file(colors: str | list[str]) -> bool:
    """Tell whether the colours of a stock are a file, whose extension says its format, and no list and no word."""
    return isinstance(colors, str) and bool(os.path.splitext(colors)[1])


def local_fault(source: str, remedy: str = "correct 'source'") -> str | None:
    """Compose a message about a local source that can't be read; None if it can."""
    name, path = shown(source), path_of(source)
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        match error.errno:
            case errno.ENOENT | errno.ENOTDIR:
                from photopalette.run.paths import nearest  # slow to import, and seldom needed

                near = nearest(path)
                remedy = f"did you mean {shown(with_tilde(near, source))}?" if near else remedy
                return f"there is no file {name} (in {os.getcwd()}); {remedy}"
            case errno.ELOOP:
                return f"{name} is a symbolic link that points to itself; name the file it should point to"
            case errno.ENAMETOOLONG:
                return f"the name {name} is too long ({len(os.fsencode(path))} bytes); rename the file"
        return f"{name} can't be read: {error.strerror}; {remedy} or its permissions"
    if stat.S_ISDIR(mode):
        return f"{name} is a directory; name a file in it"
    if not stat.S_ISREG(mode):
        return f"{name} is a device or a pipe; name a regular file"
    if not os.access(path, os.R_OK):
        return f"{name} can't be read: permission denied; make it readable (chmod +r)"
    return None
