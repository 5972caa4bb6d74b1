"""What a source is, and what keeps a local one from being read."""

import errno
import json
import os
import stat


def is_local(source: str) -> bool:
    """Tell a path on this machine from a URL and from a photo of scikit-image's."""
    return not source.startswith(("http://", "https://", "skimage:"))


def shown(source: str) -> str:
    """Write a source for a message of one line: as it is, or quoted and escaped where that can't be printed."""
    return source if source.isprintable() else json.dumps(source)


def local_fault(path: str) -> str | None:
    """Say what is wrong with a path and what to do, or None if a file can be read there."""
    name = shown(path)
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        match error.errno:
            case errno.ENOENT | errno.ENOTDIR:
                return f"there is no file {name} (in {os.getcwd()}); correct 'source'"
            case errno.ELOOP:
                return f"{name} is a symbolic link that leads back to itself; name the file it was meant for"
            case errno.ENAMETOOLONG:
                return f"{name} is too long a name ({len(os.fsencode(path))} bytes); rename the file"
        return f"{name} can't be read: {error.strerror}; correct 'source' or its permissions"
    if stat.S_ISDIR(mode):
        return f"{name} is a directory; name a file in it"
    if not stat.S_ISREG(mode):
        return f"{name} is a device or a pipe; name a regular file"
    if not os.access(path, os.R_OK):
        return f"{name} can't be read: permission denied; make it readable (chmod +r)"
    return None
