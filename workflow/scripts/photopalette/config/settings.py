"""Turn the user's configuration into complete settings per image, or say all that is wrong with it."""

import copy
import difflib
import functools
import glob
import hashlib
import json
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import yaml

from photopalette.config.yaml_file import MAX_DEPTH, TOO_DEEP, ConfigError, Keys, key_text, redacted, report
from photopalette.palettes.quantizers import OURS, QUANTIZERS
from photopalette.palettes.reading import PaletteError, parse_color, parse_colors, read_palette
from photopalette.photo.paths import matches, nearest_pattern
from photopalette.photo.sources import local_fault, path_of, source_fault, with_tilde
from photopalette.run.secrets import is_local, redact

# A problem, and the keys it is about: where they were given is said in front of it.
_Problem = tuple[Keys, str]

DEFAULTS: dict[str, Any] = {
    "n_clusters": {"min": 2, "max": 10},
    "background": "white",
    "transparency": "background",
    "mask": None,
    "crop": {"left": 0, "top": 0, "width": None, "height": None},
    "allow_truncated": False,
    "max_megapixels": 200,
    "download": {"timeout": 30, "retries": 3, "max_megabytes": 500, "max_wait": 120},
    "resize": {"width": 320, "height": 240, "method": "contain", "resample": "bicubic", "enlarge": False},
    "kmeans": {
        "init": "k-means++",
        "n_init": 10,
        "max_iter": 300,
        "tol": 1e-4,
        "algorithm": "lloyd",
        "random_state": 42,
        "fit_on": "colors",
        "refine": "swaps",
        "space": "rgb",
        "weight_exponent": 1.0,
    },
    "reconstruct": {"dither": "none"},
    "silhouette": {"max_colors": 60_000},
    "scatter": {"static": True, "width": 1200, "height": 1067, "max_points": 20_000, "timeout": 120},
    "montage": {"columns": None},
    "figures": {"scatter": True, "error": True, "silhouette": True, "curves": True, "montage": True, "explorer": True},
    "target": {"delta_e_mean": 5.0},
    "palettes": {},
    "compare": list(QUANTIZERS),
}

# Files of results/, which no image's folder may be named like.
_RESERVED = {"index.html", "overview.png", "provenance.json", "readme.md", "report.zip", "scores.csv", "sha256sums"}

_TYPE_NAMES = {
    "object": "a mapping (key: value)",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}

_LEFT_OUT = object()


def _is_integer(_checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_checker: object, value: object) -> bool:
    return _is_integer(None, value) or (isinstance(value, float) and math.isfinite(value))


# JSON Schema takes 2.0 for an integer and NaN for a number; neither is meant in a config.
_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_number}
    ),
)


def read_schema(path: Path) -> dict[str, Any]:
    """Read the schema of the configuration, and put the quantizers there are into it."""
    schema = yaml.safe_load(path.read_text(encoding="utf-8"))
    schema["$defs"]["compare"]["items"]["enum"] = list(QUANTIZERS)
    return schema


def resolve(
    config: Mapping[str, Any], schema: Mapping[str, Any], locate: Callable[[Keys], str] = lambda _keys: ""
) -> dict[str, dict[str, Any]]:
    """Complete every image's settings: defaults, overridden by the top level, by the image's entry.

    Parameters
    ----------
    config
        The configuration as read from YAML.
    schema
        JSON Schema of the configuration.
    locate
        Says where the value at some keys was given, to stand in front of a problem.

    Returns
    -------
    dict
        Settings per image name, in the config's order. ``n_clusters`` is a sorted list of int,
        ``sha256`` a lower-case string or None, ``target`` without what asks for nothing.

    Raises
    ------
    ConfigError
        With every problem found, one a line, each with its path, value and remedy.
    """
    problems: list[_Problem] = []
    config = _plain(config, (), problems)
    problems += _schema_problems(config, schema)
    if problems:
        raise ConfigError(_report(problems, locate))
    top_level = {key: value for key, value in config.items() if key != "images"}
    images = {}
    for name, entry in config["images"].items():
        settings = _merge(_merge(DEFAULTS, top_level), entry)
        settings["sha256"] = settings["sha256"].lower() if "sha256" in settings else None
        settings.setdefault("together", False)
        problems += _cross_check(name, entry, settings)
        images[name] = settings
    problems += _name_clashes(list(images))
    if problems:
        raise ConfigError(_report(problems, locate))
    for settings in images.values():
        settings["n_clusters"] = _k_list(settings["n_clusters"])
        settings["target"] = {name: value for name, value in (settings["target"] or {}).items() if value is not None}
    return images


def _report(problems: list[_Problem], locate: Callable[[Keys], str]) -> str:
    return report(list(dict.fromkeys(locate(keys) + text for keys, text in problems)))


def _plain(value: Any, keys: Keys, problems: list[_Problem]) -> Any:
    """Copy a value with all keys as text; what no schema can look at is a problem and left out."""
    where = _dotted(keys)
    if len(keys) > MAX_DEPTH:
        problems.append((keys[:1], f"{keys[0]}: {TOO_DEEP}"))
        return _LEFT_OUT
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                problem = f"{where}: YAML reads the key {key_text(key)} as {_kind(key)}; put it in quotes"
                problems.append(((*keys, key_text(key)), problem))
        items = ((key_text(key), _plain(item, (*keys, key_text(key)), problems)) for key, item in value.items())
        return {key: item for key, item in items if item is not _LEFT_OUT}
    if isinstance(value, list):
        items = (_plain(item, (*keys, number), problems) for number, item in enumerate(value))
        return [item for item in items if item is not _LEFT_OUT]
    if isinstance(value, int) and value.bit_length() > 64:
        problems.append((keys, f"{where}: the number is far too large; if it is text, put it in quotes"))
        return _LEFT_OUT
    if isinstance(value, date):
        problems.append((keys, f"{where}: YAML reads {value} as a date; put it in quotes"))
        return str(value)
    return value


def _kind(key: Any) -> str:
    match key:
        case None | bool():
            return "an empty value" if key is None else "a boolean"
        case int() | float():
            return "a number"
        case date():
            return "a date"
    return "something other than text"


def _dotted(keys: Keys) -> str:
    return ".".join(map(str, keys)) or "config"


def kinds(schema: Mapping[str, Any], keys: Keys) -> set[str]:
    """Say what the schema wants at some keys, in its own words; nothing where it knows no such key."""
    node: Mapping[str, Any] = schema
    for key in (*keys, None):
        while "$ref" in node:
            node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
        if key is None:
            break
        inside = node.get("items") if isinstance(key, int) else node.get("properties", {}).get(key)
        node = inside or node.get("additionalProperties") or {}
    if "enum" in node:
        return {"string"}
    kind = node.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)


def expand_globs(
    images: Mapping[str, dict[str, Any]], locate: Callable[[Keys], str] = lambda _keys: ""
) -> dict[str, dict[str, Any]]:
    """Replace every image whose source is a pattern such as ``data/*.jpg`` by one image per file.

    Parameters
    ----------
    images
        Settings per image, as :func:`resolve` returns them.
    locate
        As for :func:`resolve`.

    Returns
    -------
    dict
        In the same order, a pattern's files (:func:`_paths.matches`) by path. Each is named by its entry and
        its own name, with ``-`` for what a folder's name can't hold; where that leaves several files one name,
        a digest of the path tells them apart, so that a file's name does not depend on the order.

    Raises
    ------
    ConfigError
        If a pattern matches no file, or has a ``sha256``, or two names clash.
    """
    problems: list[_Problem] = []
    expanded = {}
    for entry, settings in images.items():
        source = settings["source"]
        if settings["together"]:
            photos, faults = _gather(entry, source)
            expanded[entry] = {**settings, "photos": photos}
            problems += faults
            continue
        if not _is_pattern(source):
            expanded[entry] = settings
            continue
        paths, faults = _matching(entry, source)
        problems += faults
        if settings["sha256"]:
            problem = f"images.{entry}.sha256: one hash can't match every file of {_show(source)}; remove it"
            problems.append((("images", entry, "sha256"), problem))
        for path, name in image_names(paths, entry).items():
            problems += _name_faults(entry, path)
            if name in expanded or name in images:
                problem = f"images.{entry}: {_show(path)} would be named '{name}', a name already taken; rename one"
                problems.append((("images", entry), problem))
            expanded[name] = {**settings, "source": path}
    problems += _name_clashes(list(expanded))
    if problems:
        raise ConfigError(_report(problems, locate))
    return expanded


def _is_pattern(source: str) -> bool:
    pattern = path_of(source)
    return is_local(source) and glob.has_magic(pattern) and not os.path.lexists(pattern)


def _matching(entry: str, source: str) -> tuple[list[str], list[_Problem]]:
    """List the files that a pattern matches, and say so if there are none."""
    paths = [with_tilde(path, source) for path in matches(path_of(source))]
    if paths:
        return paths, []
    near = nearest_pattern(path_of(source), functools.partial(with_tilde, source=source))
    problem = f"images.{entry}.source: no file matches {_show(source)} (in {os.getcwd()}); {near}"
    return [], [(("images", entry, "source"), problem)]


def _name_faults(entry: str, path: str) -> Iterator[_Problem]:
    if re.search("[\ud800-\udfff]", path):
        yield ("images", entry), f"images.{entry}: the name of {_show(path)} is not UTF-8; rename the file"


def _gather(entry: str, source: str | list[str]) -> tuple[dict[str, str], list[_Problem]]:
    """Name the photos of a set, each once, in the order of the list, those of a pattern by path."""
    paths: dict[str, None] = {}
    problems: list[_Problem] = []
    for one in [source] if isinstance(source, str) else source:
        found, faults = _matching(entry, one) if _is_pattern(one) else ([one], [])
        paths |= dict.fromkeys(found)
        problems += faults
    problems += [problem for path in paths for problem in _name_faults(entry, path)]
    return {name: path for path, name in image_names(paths).items()}, problems


def check_palettes(config: Mapping[str, Any], locate: Callable[[Keys], str] = lambda _keys: "") -> None:
    """Read the palette files of a configuration that :func:`resolve` takes.

    Raises
    ------
    ConfigError
        With every file that can't be read.
    """
    sections = [((), config), *((("images", name), entry) for name, entry in config["images"].items())]
    problems: list[_Problem] = []
    for keys, section in sections:
        for name, value in (section.get("palettes") or {}).items():
            if isinstance(value, str):
                where = (*keys, "palettes", name)
                if not (fault := local_fault(value, f"correct '{_dotted(where)}'")):
                    try:
                        read_palette(path_of(value))
                    except PaletteError as error:
                        fault = str(error)
                problems += [(where, f"{_dotted(where)}: {fault}")] if fault else []
    if problems:
        raise ConfigError(_report(problems, locate))


def image_names(sources: Iterable[str], entry: str = "") -> dict[str, str]:
    """Name images by the files of their sources, with the entry's name in front if there is one.

    A folder's name can't hold everything: the rest becomes ``-``. Where that leaves several sources one name, a
    digest of the source tells them apart, so that a name does not depend on the order.
    """
    names = {source: _safe_name(entry, source) for source in sources}
    uses = Counter(name.casefold() for name in names.values())
    for source, name in names.items():
        if uses[name.casefold()] > 1:
            digest = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()
            names[source] = f"{name[:91]}-{digest[:8]}"
    return names


def _safe_name(entry: str, source: str) -> str:
    path = source if is_local(source) else unquote(re.split("[?#]", redact(source).rstrip("/"))[0])
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", os.path.splitext(re.split("[/:]", path)[-1])[0])
    stem = re.sub(r"(.+?)\1{9,}", r"\1", stem)
    if entry:
        return f"{entry}-{stem}"[:100]
    stem = stem.strip("._-") or "photo"
    return (f"photo-{stem}" if stem.casefold() in _RESERVED else stem)[:100]


def _merge(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """Copy `base` with the keys of `override` laid over it, section by section."""
    merged = copy.deepcopy(dict(base))
    for key, value in override.items():
        if isinstance(value, Mapping):
            # A range laid over a list, or a size over null, starts from the built-in section.
            below = merged.get(key)
            merged[key] = _merge(below if isinstance(below, Mapping) else DEFAULTS[key], value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def _k_list(n_clusters: Mapping[str, int] | list[int]) -> list[int]:
    if isinstance(n_clusters, Mapping):
        return list(range(n_clusters["min"], n_clusters["max"] + 1))
    return sorted(n_clusters)


def _schema_problems(config: Any, schema: Mapping[str, Any]) -> Iterator[_Problem]:
    for error in sorted(_Validator(schema).iter_errors(config), key=lambda error: list(map(str, error.path))):
        keys = tuple(error.absolute_path)
        for key, text in _describe(error):
            yield (*keys, *key), text


def _describe(error: jsonschema.ValidationError) -> Iterator[_Problem]:
    """Say what one schema error means to somebody who has never heard of JSON Schema; keys are from its path on."""
    where = _dotted(tuple(error.absolute_path))
    value, limit = error.instance, error.validator_value
    match error.validator:
        case "additionalProperties":
            allowed = sorted(error.schema["properties"])
            for key in value:
                if key not in allowed:
                    path = key if where == "config" else f"{where}.{key}"
                    hint = f"{_did_you_mean(key, allowed)} (allowed: {', '.join(allowed)})"
                    yield (key,), f"{path}: unknown key{hint}"
        case "required":
            for key in limit:
                if key not in value:
                    yield (), f"{where}: the key '{key}' is missing"
        case "type":
            names = [limit] if isinstance(limit, str) else limit
            if set(names) == {"string", "array"}:
                names = ["string"]  # a list is for those who know of it
            kinds = " or ".join(_TYPE_NAMES[name] for name in names)
            yield (), f"{where}: {_show(value)} is not {kinds}{_type_hint(value, names)}"
        case "enum":
            yield (), f"{where}: {_show(value)} is not one of {', '.join(limit)}{_did_you_mean(value, limit)}"
        case "minimum" | "maximum" | "exclusiveMinimum":
            words = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "above"}
            yield (), f"{where}: {_show(value)} must be {words[error.validator]} {limit}"
        case "pattern" if error.parent is None and "propertyNames" in error.absolute_schema_path:
            whose = "palette" if where.endswith("palettes") else "image"
            yield (
                (value,),
                f"{where}: {_show(value)} is not a valid {whose} name; use up to 100 letters, digits, '.', '_' "
                "and '-', starting with a letter or digit",
            )
        case "pattern":
            yield (), f"{where}: {_show(value)} is not 64 hexadecimal digits"
        case "minLength":
            names = "a URL, a file or skimage:NAME" if where.endswith("source") else "a file"
            yield (), f"{where}: is empty; name {names}"
        case "minItems" | "minProperties":
            yield (), f"{where}: is empty; give at least one"
        case "uniqueItems":
            yield (), f"{where}: {_show(value)} lists a value twice; remove one"
        case _:
            yield (), f"{where}: {error.message}"


def _show(value: Any) -> str:
    text = repr(value) if isinstance(value, float) else json.dumps(redacted(value), ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _did_you_mean(word: Any, allowed: list[str]) -> str:
    close = difflib.get_close_matches(str(word), allowed, n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _type_hint(value: Any, names: list[str]) -> str:
    """Explain YAML's commonest traps: 1e-4 is text, 1.0e-4 a number, 12:30 is 750; quotes make text."""
    if names == ["string"] and isinstance(value, int | float):
        return "; put it in quotes"
    if isinstance(value, str) and {"number", "integer"} & set(names):
        if re.fullmatch(r"[+-]?\d+[eE][+-]?\d+", value):
            return f"; YAML needs a dot: write {value.lower().replace('e', '.0e', 1)}"
        if re.fullmatch(r"[+-]?\d+(\.\d*)?", value):
            return "; remove the quotes"
    return ""


def _cross_check(name: str, entry: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterator[_Problem]:
    """Find what no schema can say: keys that contradict one another."""

    def problem(text: str, section: str) -> _Problem:
        """Blame the image's entry if it has the section, else the top level."""
        keys = ("images", name, section) if section in entry else (section,)
        return keys, f"{_dotted(keys)}: {text}"

    n_clusters = settings["n_clusters"]
    if isinstance(n_clusters, Mapping) and n_clusters["min"] > n_clusters["max"]:
        low, high = n_clusters["min"], n_clusters["max"]
        yield problem(f"min ({low}) is above max ({high})", "n_clusters")
    if settings["kmeans"]["fit_on"] == "pixels" and settings["kmeans"]["refine"] != "none":
        yield problem("fit_on: pixels is scikit-learn's plain fit and needs kmeans.refine: none", "kmeans")
    try:
        parse_color(settings["background"])
    except PaletteError as error:
        yield problem(str(error), "background")
    for palette, value in settings["palettes"].items():
        if palette in (*QUANTIZERS, *OURS):
            yield problem(f"'{palette}' is the name of a quantizer; choose another", "palettes")
        elif isinstance(value, str) and (re.search("[{}<>\0]", value) or not is_local(value)):
            yield problem(f"{palette}: {_show(value)} is not a usable path; name a local file", "palettes")
        elif isinstance(value, list):
            try:
                parse_colors(value)
            except PaletteError as error:
                yield problem(f"{palette}: {error}", "palettes")
    mask = settings["mask"]
    if mask and ("\0" in mask or not is_local(mask)):
        yield problem(f"{_show(mask)} is not a local path; a mask must be an image file on this machine", "mask")
    yield from (problem(text, "crop") for text in _crop_faults(settings["crop"] or {}))
    if (settings["transparency"] == "ignore" or mask) and 256 in _k_list(n_clusters):
        cause = "a mask" if mask else "transparency: ignore"
        yield problem(
            f"an indexed PNG holds 256 colours, and {cause} takes one for transparency; use 255 at most", "n_clusters"
        )
    sources = [settings["source"]] if isinstance(settings["source"], str) else settings["source"]
    yield from (problem(text, "source") for text in map(source_fault, sources) if text)
    if settings["together"]:
        if settings["sha256"]:
            yield problem("one hash can't match every photo of a set; remove it", "sha256")
        if mask:
            yield problem("a mask applies to one photo; remove it, or give each photo its own entry", "mask")
        if 256 in _k_list(n_clusters):
            yield problem(
                "an indexed PNG holds 256 colours, and together: true takes one for transparency; use 255 at most",
                "n_clusters",
            )
        yield from (
            problem(
                f"{_show(source)}: the photos of a set must be files or skimage:NAME; download it and name the file",
                "source",
            )
            for source in sources
            if not is_local(source) and not source.startswith("skimage:")
        )
    elif len(sources) > 1 or sources != [settings["source"]]:
        shown = ", ".join(map(_show, sources))
        yield problem(f"a list of photos needs together: true; otherwise give each its own entry: {shown}", "source")


def _crop_faults(crop: Mapping[str, float | None]) -> Iterator[str]:
    """Say what is wrong with a crop, whatever the size of the photo."""
    shares = {name: value for name, value in crop.items() if isinstance(value, float)}
    for name, value in shares.items():
        if value > 1:
            yield f"{name}: {value} is neither a whole number of pixels nor a share up to 1.0"
    for start, length in (("left", "width"), ("top", "height")):
        first, share = shares.get(start, 0.0), shares.get(length, 0.0)
        if first <= 1 and share <= 1 and first + share > 1 + 1e-9:
            yield f"{start} ({first}) and {length} ({share}) add up to more than 1.0"
        elif first == 1:
            yield f"{start}: 1.0 leaves nothing of the photo"


def _name_clashes(names: list[str]) -> Iterator[_Problem]:
    """Find names that are one folder on a file system that ignores case, or that are files of results/."""
    first: dict[str, str] = {}
    for name in names:
        keys = ("images", name)
        if name.casefold() in _RESERVED:
            yield keys, f"images: '{name}' is the name of a file in results/; choose another"
        # Snakemake's own limit: it fears that the name grows without end.
        if re.search(r"(.+?)\1{19}$", name):
            yield keys, f"images: '{name}' repeats the same ending 20 times, which Snakemake refuses; shorten it"
        if name.casefold() in first:
            yield keys, f"images: '{first[name.casefold()]}' and '{name}' differ only in case; rename one"
        first.setdefault(name.casefold(), name)
