"""Hiding the secrets in URLs: passwords, tokens, keys and signatures."""

import json
import re
from collections.abc import Callable
from urllib.parse import unquote

HIDDEN = "…"

# Parameters of signatures, as cloud providers and others name them. The other parameters identify the resource, so that
# it is the same with a fresh signature.
_SIGNED = re.compile(
    r"x-(amz|goog|oss|cos|obs|ms|ibm)-.+|q-(ak|header-list|key-time|sign-algorithm|sign-time|signature|url-param-list)"
    r"|(aws|google|oss)access(key)?id|key-pair-id|policy|.*signature|([^=]*[-_])?(sig|sign|hmac)|\w*expir(es|y|ation)"
    r"|exp|expires[-_]?(in|at)|__(token|gda)__|hdn(ea|ts|tl)",
    re.IGNORECASE,
)
# Credentials. They may also identify the resource: the token of a shared album, the key of a file.
_SECRET = re.compile(
    r".*(token|secret|key(id)?|passw(or)?d|passphrase|pwd|authorization|credentials?|apikey|jwt|session(id)?)"
    r"|(.*[-_.])?(auth|pass|pw|sid|sas|code|otp|ticket|bearer)|.*[a-z]Auth",
    re.IGNORECASE,
)
# Names too short to mean anything on their own, with those beside which they do: Azure's shared access signatures and
# others.
_GROUPS = (
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
# An unescaped slash in a password makes what is before it look like a port that is not a number.
_ODD_USER = re.compile(r"(?<=://)(?!\[)[^/?#\s@]*:(?!\d*(?:[/?#]|$)).*@", re.DOTALL)


def is_local(source: str) -> bool:
    """Tell whether a source is a path on this machine, and not a URL or a photo of scikit-image."""
    return not source.startswith(("http://", "https://", "skimage:"))


def redact(text: str) -> str:
    """Hide the user, signatures, tokens and keys in a URL, or in every URL in a text.

    The rest still tells sources apart, and stays the same when a URL is signed again.
    """
    return _without(text, _is_signed_or_secret)


def unsigned(url: str) -> str:
    """Hide only those parts of a URL that change when it is signed again."""
    return _without(url, _is_signed)


def _is_signed(name: str, digest: bool, names: set[str]) -> bool:
    if len(name) > 100:
        return False
    if _SIGNED.fullmatch(name) or any(known <= names and name in members for known, members in _GROUPS):
        return True
    # A digest is a signature if the URL has an expiry date too, or if the parameter is called s.
    return digest and (name == "s" or any(_SIGNED.fullmatch(other) for other in names))


def _is_signed_or_secret(name: str, digest: bool, names: set[str]) -> bool:
    return len(name) > 100 or _is_signed(name, digest, names) or bool(_SECRET.fullmatch(name))


def _without(text: str, hides: Callable[[str, bool, set[str]], bool], levels: int = 3) -> str:
    """Hide the values of query parameters: in a URL they end at ``&`` or ``#``, in other texts also at spaces."""
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
            # A URL within the URL, as for a proxy.
            inner = unquote(value[0])
            rest = _without(inner, hides, levels - 1)
            pieces.append(value[0] if rest == inner else rest)
        else:
            pieces.append(value[0])
        position = value.end()
    return "".join(pieces) + text[position:]


def shown(source: str) -> str:
    """Format a source for a one-line message: without secrets, and escaped if it has unprintable characters."""
    source = source if is_local(source) else redact(source)
    return source if source.isprintable() else json.dumps(source)
