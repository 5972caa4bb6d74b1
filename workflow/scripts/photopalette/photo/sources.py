"""Where photographs come from: which file a source names, and what keeps it from being read."""

import errno
import json
import os
import re
import stat
from collections.abc import Mapping
from typing import Any

from photopalette.run.secrets import is_local, redact, shown


def path_of(source: str) -> str:
    """Name the file of a local source: ``~`` and ``~user`` are homes, unless there is a file of that very name."""
    return source if os.path.lexists(source) else os.path.expanduser(source)


def size_and_time(source: str) -> tuple[int, int] | None:
    """Tell the size of a local source and when it was last changed, in nanoseconds; None where there is no file."""
    try:
        state = os.stat(path_of(source))
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns


def with_tilde(path: str, source: str) -> str:
    """Write a path below a home as the source does that led there, so that no record says where the home is."""
    tilde = source.partition("/")[0]
    home = os.path.expanduser(tilde)
    return tilde + path.removeprefix(home) if home != tilde and path.startswith(home) else path


def sources(settings: Mapping[str, Any]) -> list[str]:
    """List the source of an image, or those of a set of photos that are studied together."""
    return list(settings["photos"].values()) if settings.get("photos") else [settings["source"]]


def misplaced(images: Mapping[str, Mapping[str, Any]], folder: str = "data/raw") -> list[str]:
    """Say which local sources lie where the copy of a source goes, and what to do.

    Parameters
    ----------
    images
        Settings per image name.
    folder
        Of the copies, each named as its image.
    """
    copies = {os.path.join(os.path.realpath(folder), image) for image in images}
    return [
        f"  - images.{image}.source: {shown(source)} is where its own copy goes; move it out of {folder}"
        for image, settings in images.items()
        for source in sources(settings)
        if is_local(source) and os.path.realpath(path_of(source)) in copies
    ]


def source_fault(source: str) -> str | None:
    """Say what is wrong with a source and what to do, as far as its text tells; None if nothing is."""
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


def local_fault(source: str, remedy: str = "correct 'source'") -> str | None:
    """Say what is wrong with a local source and what to do, or None if a file can be read there."""
    name, path = shown(source), path_of(source)
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        match error.errno:
            case errno.ENOENT | errno.ENOTDIR:
                from photopalette.run.paths import (
                    nearest,  # seldom needed, and half as slow to import as all the rest
                )

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
