"""Find files by patterns, and suggest existing ones for paths and patterns that match none."""

import difflib
import glob
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator

_PHOTOGRAPHS = ("jpg", "jpeg", "png", "tif", "tiff", "webp", "avif", "heic", "heif", "gif", "bmp", "jp2", "ppm", "qoi")


def matches(pattern: str) -> list[str]:
    """List the files that a pattern matches, sorted.

    Patterns are the shell's, with ``**`` for folders at any depth, except that the extension matches in either case
    (of ASCII letters), and that brackets are taken literally if a folder or file has that very name, as in
    ``[2024] trip/*.jpg``.
    """
    *folders, name = _parts(pattern)
    return sorted(path for path in _step(_folders(folders), name, _any_case(name)) if os.path.isfile(path))


def photographs(folder: str) -> list[str]:
    """List the files in a folder whose extension is a photograph's, sorted."""
    return [os.path.join(folder, name) for name in _names(folder) if is_photograph(name)]


def nearest(path: str) -> str | None:
    """Suggest an existing file in place of a path that does not exist; None if no name is similar."""
    *folders, name = _parts(path)
    # Photographs are kept in data/, so that the folder is easily forgotten.
    for folder in (*_near_folders(folders), *(["data"] if not folders else [])):
        if near := _near_name(name, _names(folder)):
            return os.path.join(folder, near)
    return None


def nearest_pattern(pattern: str, write: Callable[[str], str] = str) -> str:
    """Suggest a pattern that matches files in place of one that does not, or say what its last existing folder has.

    Paths in the message are formatted by `write`.
    """
    *folders, name = _parts(pattern)
    for trial in dict.fromkeys(_near_patterns(folders, name)):
        if found := matches(trial):
            return f'did you mean "{write(trial)}" ({_count(found, "file")})?'
    last = ""
    for number in range(1, len(folders) + 1):
        there = _folders(folders[:number])
        here = write(last) or "this folder"
        if not there:
            names = _names(last, folders=True)
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            has = f"{here} has {', '.join(names[:5])}{more}" if names else f"{here} has no folders"
            return f"there is no folder {write(os.path.join(*folders[:number]))}; {has}"
        last = there[0]
    files = _names(last)
    has = f"{_count(files, 'file')}, but no photographs" if files else "no files"
    return f"{write(last) or 'this folder'} has {has}"


def _count(things: list[str], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _parts(path: str) -> list[str]:
    root = ["/"] if path.startswith("/") else []
    return root + [part for part in path.split("/") if part]


def _folders(parts: list[str]) -> list[str]:
    """List the folders that the parts of a pattern match; without parts, the working directory."""
    found = [""]
    for part in parts:
        found = [path for path in _step(found, part) if os.path.isdir(path)]
    return found


def _step(folders: list[str], part: str, pattern: str | None = None) -> list[str]:
    """List what a part of a path matches in folders; `pattern`, if given, takes the place of one with wildcards."""
    found = []
    for folder in folders:
        path = os.path.join(folder, part)
        if part == "**":
            found += [folder, *glob.glob(os.path.join(glob.escape(folder), "**"), recursive=True)]
        elif ("[" in part or not glob.has_magic(part)) and os.path.lexists(path):
            found.append(path)
        else:
            found += glob.glob(os.path.join(glob.escape(folder), pattern or part))
    return list(dict.fromkeys(path.rstrip("/") or path for path in found))


def _any_case(name: str) -> str:
    """Make the extension of a pattern match ASCII letters of either case: ``*.jpg`` becomes ``*.[jJ][pP][gG]``."""
    dot = re.search(r"(?:\.|\[\.\])(?=[^.]*$)", name)
    if not dot or not glob.has_magic(name):
        return name

    def either(match: re.Match[str]) -> str:
        letter, negation, members = match.groups()
        if letter:
            return f"[{letter.lower()}{letter.upper()}]"
        return f"[{negation}{members}{members.swapcase()}]"

    return name[: dot.end()] + re.sub(r"([A-Za-z])|\[(!?)([^]!-][^]]*)(?<!-)\]", either, name[dot.end() :])


def _names(folder: str, folders: bool = False) -> list[str]:
    """List the files in a folder, or its folders, except hidden ones; none if it can't be read."""
    try:
        with os.scandir(folder or ".") as entries:
            return sorted(
                entry.name
                for entry in entries
                if not entry.name.startswith(".") and (entry.is_dir() if folders else entry.is_file())
            )
    except OSError:
        return []


def _plain(name: str) -> str:
    """Normalize what people overlook in a name: its case, the Unicode form of accents, and spaces around it."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _near_name(name: str, entries: list[str]) -> str | None:
    """Choose the file whose name differs only in case, or only in the extension, or else is similar."""
    stem = _plain(os.path.splitext(name)[0])
    by_name = {_plain(entry): entry for entry in reversed(entries)}
    if same := by_name.get(_plain(name)):
        return same
    by_stem: dict[str, list[str]] = {}
    for entry in entries:
        by_stem.setdefault(_plain(os.path.splitext(entry)[0]), []).append(entry)
    close = [stem] if stem in by_stem else _close(stem, by_stem, 0.75)
    if not close:
        return None
    return max(by_stem[close[0]], key=lambda entry: (_extension(entry) == _extension(name), is_photograph(entry)))


def _close(name: str, names: Collection[str], cutoff: float) -> list[str]:
    # Takes some 30 µs per name.
    return difflib.get_close_matches(name, names, n=1, cutoff=cutoff) if len(names) <= 2000 else []


def _near_folders(parts: list[str]) -> Iterator[str]:
    """Yield the folder of these parts, each missing one replaced by a similar name; nothing if there is none."""
    path = ""
    for part in parts:
        here = os.path.join(path, part)
        if not os.path.isdir(here):
            names = {_plain(name): name for name in reversed(_names(path, folders=True))}
            close = [_plain(part)] if _plain(part) in names else _close(_plain(part), names, 0.6)
            if not close:
                return
            here = os.path.join(path, names[close[0]])
        path = here
    yield path


def _near_patterns(folders: list[str], name: str) -> Iterator[str]:
    """Yield variants of a pattern that matches nothing, the most similar first."""
    for parts in (folders, list(_near_parts(folders))):
        yield os.path.join(*parts, name)
        # Brackets may have been meant literally.
        yield os.path.join(*(part.replace("[", "[[]") for part in (*parts, name)))
        there = _folders(parts)
        stem = re.sub(r"\.[^.]*$", "", name)
        for wanted in (f"{stem}.*", "*"):
            files = [path for path in _step(there, wanted) if os.path.isfile(path) and is_photograph(path)]
            for extension, _ in Counter(map(_extension, files)).most_common(1):
                yield os.path.join(*parts, wanted.removesuffix(".*") + f".{extension}")
            if wanted != "*":
                yield os.path.join(*parts, f"*{name[len(stem) :]}")
        yield os.path.join(*parts, "*", name)


def _near_parts(parts: list[str]) -> Iterator[str]:
    """Yield the parts of a pattern, those that match nothing replaced by similar names of existing folders."""
    done: list[str] = []
    for part in parts:
        if not _folders([*done, part]):
            for folder in _folders(done):
                for near in _near_folders([*_parts(folder), part]):
                    part = os.path.basename(near)
        done.append(part)
        yield part


def _extension(name: str) -> str:
    return os.path.splitext(name)[1][1:].lower()


def is_photograph(name: str) -> bool:
    """Tell from the extension whether a file should be a photograph."""
    return _extension(name) in _PHOTOGRAPHS
