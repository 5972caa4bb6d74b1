"""Names of images: those of their folders, in ASCII, and the titles by which readers know them."""

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from photopalette.run.secrets import is_local, redact

# Files in results/, whose names no image may have.
RESERVED = {"index.html", "overview.png", "provenance.json", "readme.md", "report.zip", "scores.csv", "sha256sums"}

_LONGEST = 100  # characters of a folder's name

# Latin letters that are not one of ASCII with a mark, as Unicode's decompositions have them.
_LETTERS = str.maketrans(
    {
        **{"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"},
        **{"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ħ": "h", "Ħ": "H", "ı": "i", "ŋ": "ng"},
        **{"Ŋ": "Ng", "ŧ": "t", "Ŧ": "T", "ĸ": "k", "ə": "e", "Ə": "E", "ƒ": "f"},
    }
)


def image_names(sources: Iterable[str], entry: str = "") -> dict[str, str]:
    """Name images after the files of their sources, preceded by the name of their entry if they have one.

    Letters lose their accents, and what else can't be in a folder's name becomes ``-``. If several sources would get
    the same name, a digest of the source is added, so that names do not depend on the order.
    """
    names = {source: _safe_name(entry, source) for source in sources}
    uses = Counter(name.casefold() for name in names.values())
    for source, name in names.items():
        if uses[name.casefold()] > 1:
            digest = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()
            names[source] = f"{name[: _LONGEST - 9]}-{digest[:8]}"
    return names


def _safe_name(entry: str, source: str) -> str:
    written = os.path.splitext(re.split("[/:]", _path(source))[-1])[0]
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", _to_ascii(written))
    if not written.isascii():
        stem = stem.strip("._-") or "photo"
    stem = re.sub(r"(.+?)\1{9,}", r"\1", stem)
    if entry:
        return f"{entry}-{stem}"[:_LONGEST]
    stem = stem.strip("._-") or "photo"
    return (f"photo-{stem}" if stem.casefold() in RESERVED else stem)[:_LONGEST]


def _path(source: str) -> str:
    """Return the path of a file, or that in a URL."""
    return source if is_local(source) else unquote(re.split("[?#]", redact(source).rstrip("/"))[0])


def _to_ascii(text: str) -> str:
    """Replace letters by those of ASCII that they are written with, without their accents; others stay."""
    letters = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def to_title(text: str) -> str:
    """Make a title of any text: in one line, composed, without what can't be printed or turns the text around it.

    Joiners stay, as scripts and emoji need them.
    """
    line = " ".join(unicodedata.normalize("NFC", text).split())
    kept = (letter for letter in line if letter in "\u200c\u200d" or unicodedata.category(letter)[0] != "C")
    return "".join(kept).strip()


def image_titles(sources: Mapping[str, str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Title images after the files of their sources, each differently.

    Parameters
    ----------
    sources
        Source of each image, by the image's name.
    taken
        Titles that others have.

    Returns
    -------
    dict
        Titles by the image's name: the name of the file without its extension. If another image could be called so,
        the name of the file, its folder before it, or the image's name after it tells them apart.
    """
    choices = {name: _choose_titles(name, source) for name, source in sources.items()}
    uses = Counter(map(str.casefold, taken))
    uses.update(title for titles in choices.values() for title in {title.casefold() for title in titles})
    return {
        name: next((title for title in titles if uses[title.casefold()] == 1), titles[-1])
        for name, titles in choices.items()
    }


def _choose_titles(name: str, source: str) -> list[str]:
    *folders, file = _path(source.removeprefix("skimage:")).split("/")
    stem = to_title(os.path.splitext(file)[0])
    if not stem:
        return [name]
    return [stem, *(to_title("/".join(parts)) for parts in ([file], [*folders[-1:], file])), f"{stem} ({name})"]
