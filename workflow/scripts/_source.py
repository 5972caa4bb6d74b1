"""What a source is, what of it may be shown, and what keeps a local one from being read."""

import errno
import json
import os
import re
import stat
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

HIDDEN = "…"

# Signatures and what they are made of, by the clouds' names and the common ones. The resource that is signed is
# named by all the rest, so that a fresh signature leads to the same one.
_SIGNED = re.compile(
    r"x-(amz|goog|oss|cos|obs|ms|ibm)-.+|q-(ak|header-list|key-time|sign-algorithm|sign-time|signature|url-param-list)"
    r"|(aws|google|oss)access(key)?id|key-pair-id|policy|.*signature|([^=]*[-_])?(sig|sign|hmac)|\w*expir(es|y|ation)"
    r"|exp|expires[-_]?(in|at)|__(token|gda)__|hdn(ea|ts|tl)",
    re.IGNORECASE,
)
# What lets its bearer in. It may stand for the resource as well: a shared album's token, a file's key.
_SECRET = re.compile(
    r".*(token|secret|key(id)?|passw(or)?d|passphrase|pwd|authorization|credentials?|apikey|jwt|session(id)?)"
    r"|(.*[-_.])?(auth|pass|pw|sid|sas|code|otp|ticket|bearer)|.*[a-z]Auth",
    re.IGNORECASE,
)
# Names that are too short to tell anything but in company: Azure's shared access signatures, and others.
_COMPANIES = (
    (
        {"sig"},
        {"sv", "ss", "srt", "sr", "st", "se", "sp", "spr", "sip", "sdd", "skoid", "sktid", "skt", "ske", "sks", "skv"}
        | {"saoid", "suoid", "scid"},
    ),
    ({"ex", "is", "hm"}, {"ex", "is", "hm"}),
    ({"oh", "oe"}, {"oh", "oe"}),
    ({"st", "e"}, {"st", "e"}),
)
_DIGEST = re.compile(r"[0-9a-f]{32,}(?![^&#\s\"'])", re.IGNORECASE)

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_USER = re.compile(r"(?<=://)[^/?#\s]*@")
# A password with a slash in it, as somebody may have typed it, leaves a port that is no number.
_ODD_USER = re.compile(r"(?<=://)(?!\[)[^/?#\s@]*:(?!\d*(?:[/?#]|$)).*@", re.DOTALL)


def is_local(source: str) -> bool:
    """Tell a path on this machine from a URL and from a photo of scikit-image's."""
    return not source.startswith(("http://", "https://", "skimage:"))


def redact(text: str) -> str:
    """Hide what lets its bearer in from a URL, or from all URLs in a text: the user, signatures, tokens, keys.

    What is left tells one source from another, and does not change with a fresh signature.
    """
    return _without(text, _is_signed_or_secret)


def unsigned(url: str) -> str:
    """Hide of a URL what a fresh signature changes, and nothing else."""
    return _without(url, _is_signed)


def _is_signed(name: str, digest: bool, names: set[str]) -> bool:
    if len(name) > 100:
        return False
    if _SIGNED.fullmatch(name) or any(known <= names and name in members for known, members in _COMPANIES):
        return True
    # A digest is a signature where it is told when it ends, or where it is called nothing but s.
    return digest and (name == "s" or any(_SIGNED.fullmatch(other) for other in names))


def _is_signed_or_secret(name: str, digest: bool, names: set[str]) -> bool:
    return len(name) > 100 or _is_signed(name, digest, names) or bool(_SECRET.fullmatch(name))


def _without(text: str, hides: Callable[[str, bool, set[str]], bool], levels: int = 3) -> str:
    """Hide values from the queries in a text; that of a URL alone ends at ``&`` and ``#``, others at spaces too."""
    is_url = bool(_URL.match(text))
    if hides is _is_signed_or_secret:
        user = _ODD_USER if is_url and _ODD_USER.search(text[: text.find("@") + 1]) else _USER
        text = user.sub(f"{HIDDEN}@", text)
    ends = "" if is_url else r"\s\"<>"
    name_before = re.compile(rf"(?<=[?&#;])([^=&#?;{ends}]{{1,1000}})=(?!{HIDDEN})")
    names = {unquote(name) for name in name_before.findall(text)}
    hidden, plain = re.compile(rf"[^&#{ends}]*"), re.compile(rf"[^&#?;{ends}]*")
    pieces, position = [], 0
    while match := name_before.search(text, position):
        pieces.append(text[position : match.end()])
        value = plain.match(text, match.end())
        if hides(unquote(match[1]), bool(_DIGEST.match(text, match.end())), names):
            value = hidden.match(text, match.end())
            pieces.append(HIDDEN)
        elif levels and "%" in value[0]:
            # A URL within the URL, as proxies take them, and may pass them on to others.
            inner = unquote(value[0])
            rest = _without(inner, hides, levels - 1)
            pieces.append(value[0] if rest == inner else rest)
        else:
            pieces.append(value[0])
        position = value.end()
    return "".join(pieces) + text[position:]


def shown(source: str) -> str:
    """Write a source for a message of one line: without secrets, and quoted and escaped where it can't be printed."""
    source = source if is_local(source) else redact(source)
    return source if source.isprintable() else json.dumps(source)


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
                from _paths import nearest  # seldom needed, and half as slow to import as all the rest

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
