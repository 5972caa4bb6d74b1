"""Keep secrets of URLs out of all that is written: passwords, tokens, keys, signatures."""

import json
import re
from collections.abc import Callable
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
