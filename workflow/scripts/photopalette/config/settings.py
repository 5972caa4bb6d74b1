"""Complete the user's configuration to settings per image, and report everything that is wrong with it."""

import copy
import difflib
import functools
import glob
import json
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from photopalette.color.table import count_colors, hex_codes
from photopalette.config.names import RESERVED, image_names, image_titles, to_title
from photopalette.config.yaml_file import MAX_DEPTH, TOO_DEEP, ConfigError, Keys, key_text, redacted, report
from photopalette.palettes.quantizers import OURS, QUANTIZERS
from photopalette.palettes.reading import COLORS, PaletteError, parse_color, parse_colors, read_palette
from photopalette.palettes.stock import BUILT_IN, read_stock
from photopalette.photo.sources import is_palette_file, local_fault, path_of, source_fault, with_tilde
from photopalette.run.paths import matches, nearest_pattern
from photopalette.run.secrets import is_local

# The keys that a problem is about, and its description, which is printed after the place where they were given.
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
        "keep": [],
    },
    "palette": {"order": "share", "colors": "mean"},
    "certify": "answer",
    "reconstruct": {"dither": "none", "serpentine": False},
    "viewing": 60,
    "silhouette": {"max_colors": 60_000},
    "scatter": {"static": True, "width": 1200, "height": 1067, "max_points": 20_000, "timeout": 120},
    "montage": {"columns": None},
    "figures": {
        **{"scatter": True, "error": True, "silhouette": True, "curves": True, "montage": True, "card": True},
        "explorer": True,
    },
    "target": {"delta_e_mean": 5.0},
    "palettes": {},
    "stock": {},
    "compare": {"methods": list(QUANTIZERS), "n_clusters": "few"},
}

_TYPE_NAMES = {
    "object": "a mapping (key: value)",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}

# To Snakemake, such a name is a sign of rules that call one another without end.
_PERIODIC = re.compile(r"(.+?)\1{19}$")
_IS_PERIODIC = "repeats the same ending 20 times, which Snakemake refuses; shorten it"

_LEFT_OUT = object()


def _is_integer(_checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_checker: object, value: object) -> bool:
    return _is_integer(None, value) or (isinstance(value, float) and math.isfinite(value))


# To JSON Schema, 2.0 is an integer and NaN a number; a config should contain neither.
_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_number}
    ),
)


def read_schema(path: Path) -> dict[str, Any]:
    """Read the schema of the configuration, and insert the names of the quantizers."""
    schema = yaml.safe_load(path.read_text(encoding="utf-8"))
    schema["$defs"]["quantizer"]["enum"] = list(QUANTIZERS)
    return schema


def resolve(
    config: Mapping[str, Any], schema: Mapping[str, Any], locate: Callable[[Keys], str] = lambda _keys: ""
) -> dict[str, dict[str, Any]]:
    """Resolve the settings of every image: the defaults, overridden by the top level, then by the image's entry.

    Parameters
    ----------
    config
        The configuration as read from YAML.
    schema
        JSON Schema of the configuration.
    locate
        Returns where the value at some keys was given, as text to put before a problem.

    Returns
    -------
    dict
        Settings per image name, in the config's order. ``n_clusters`` is a sorted list of int, ``kmeans.keep`` a list
        of distinct ``#rrggbb``, ``sha256`` a lower-case string or None, ``title`` a line of text; ``target`` and
        ``stock`` have no entries that are None.

    Raises
    ------
    ConfigError
        If anything is wrong; the message has one line per problem, with its path, value and remedy.
    """
    problems: list[_Problem] = []
    config = _plain(config, (), problems)
    problems += _schema_problems(config, schema)
    if problems:
        raise ConfigError(_report(problems, locate))
    top_level = _write_out({key: value for key, value in config.items() if key != "images"})
    images = {}
    for name, entry in config["images"].items():
        entry = _write_out(entry)
        settings = _merge(_merge(DEFAULTS, top_level), entry)
        settings["sha256"] = settings["sha256"].lower() if "sha256" in settings else None
        settings.setdefault("together", False)
        _default_target(settings, top_level, entry)
        settings["title"] = to_title(settings.get("title", name))
        problems += _cross_check(name, entry, settings)
        images[name] = settings
    problems += _name_clashes(list(images))
    if problems:
        raise ConfigError(_report(problems, locate))
    for settings in images.values():
        settings["n_clusters"] = _k_list(settings["n_clusters"])
        if keep := settings["kmeans"]["keep"]:
            settings["kmeans"]["keep"] = hex_codes(parse_colors(keep))
        settings["target"] = {name: value for name, value in (settings["target"] or {}).items() if value is not None}
        # In one order, as Snakemake takes a stock whose keys are in another for another stock.
        stocks = {name: stock for name, stock in settings["stock"].items() if stock is not None}
        settings["stock"] = {name: dict(sorted(stock.items())) for name, stock in stocks.items()}
    return images


def _report(problems: list[_Problem], locate: Callable[[Keys], str]) -> str:
    return report(list(dict.fromkeys(locate(keys) + text for keys, text in problems)))


def _plain(value: Any, keys: Keys, problems: list[_Problem]) -> Any:
    """Copy a value with all keys as text, without anything that a schema can't check, which is a problem."""
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
    """Return the types that the schema allows at some keys; an empty set if it has no such key."""
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
        Settings per image, in the same order, the files of a pattern (:func:`photopalette.run.paths.matches`) sorted
        by path. They are named by :func:`image_names`, with the name of their entry in front, and titled by
        :func:`image_titles`.

    Raises
    ------
    ConfigError
        If a pattern matches no file, or has a ``sha256``, or two names clash.
    """
    problems: list[_Problem] = []
    expanded, files = {}, {}
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
        if settings["title"] != entry:
            problem = f"images.{entry}.title: one title can't tell the files of {_show(source)} apart; remove it"
            problems.append((("images", entry, "title"), problem))
        for path, name in image_names(paths, entry).items():
            problems += _name_faults(entry, path)
            if name in expanded or name in images:
                problem = f"images.{entry}: {_show(path)} would be named '{name}', a name already taken; rename one"
                problems.append((("images", entry), problem))
            expanded[name] = {**settings, "source": path}
            files[name] = path
    problems += _name_clashes(list(expanded))
    if problems:
        raise ConfigError(_report(problems, locate))
    taken = [settings["title"] for name, settings in expanded.items() if name not in files]
    for name, title in image_titles(files, taken).items():
        expanded[name]["title"] = title
    return expanded


def _is_pattern(source: str) -> bool:
    pattern = path_of(source)
    return is_local(source) and glob.has_magic(pattern) and not os.path.lexists(pattern)


def _matching(entry: str, source: str) -> tuple[list[str], list[_Problem]]:
    """List the files that a pattern matches, and the problem if there are none."""
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
    """Name the photos of a set, each once, in the order of the list, the files of a pattern sorted by path."""
    paths: dict[str, None] = {}
    problems: list[_Problem] = []
    for one in [source] if isinstance(source, str) else source:
        found, faults = _matching(entry, one) if _is_pattern(one) else ([one], [])
        paths |= dict.fromkeys(found)
        problems += faults
    problems += [problem for path in paths for problem in _name_faults(entry, path)]
    return {name: path for path, name in image_names(paths).items()}, problems


def check_palettes(config: Mapping[str, Any], locate: Callable[[Keys], str] = lambda _keys: "") -> None:
    """Check that the palettes and stocks of a configuration that are files can be read, and have no colours too many.

    :func:`resolve` must have accepted the configuration.

    Raises
    ------
    ConfigError
        If there is anything wrong with any; the message lists them all.
    """
    shared = _merge(DEFAULTS, {key: value for key, value in config.items() if key != "images"})
    problems: list[_Problem] = []
    checked = set()
    for image, entry in config["images"].items():
        settings = _merge(shared, entry)
        clear = _what_is_clear(settings)
        for section in ("palettes", "stock"):
            for name, value in settings[section].items():
                keys = ("images", image, section, name) if name in entry.get(section, {}) else (section, name)
                path, *key = (value["colors"], "colors") if isinstance(value, Mapping) else (value,)
                if is_palette_file(path) and (keys, clear) not in checked:
                    checked.add((keys, clear))
                    fault = local_fault(path, f"correct '{_dotted((*keys, *key))}'")
                    fault = fault or _palette_fault(value, clear, path_of(path))
                    problems += [(keys, f"{_dotted(keys)}: {fault}")] if fault else []
    if problems:
        raise ConfigError(_report(problems, locate))


def _palette_fault(value: Any, clear: str | None, path: str | None = None) -> str | None:
    """Say what is wrong with a palette or a stock, which may be a file, in pictures in which something may be clear."""
    try:
        if not isinstance(value, Mapping):
            return _no_room(len(read_palette(path) if path else parse_colors(value)), clear)
        fault = _no_room(len(read_stock(value, path).kept), clear)
        return fault and f"keep: {fault}"
    except PaletteError as error:
        return str(error)


def _write_out(section: Mapping[str, Any]) -> dict[str, Any]:
    """Write out the short form of `compare`, a list of its methods."""
    written_out = {"compare": {"methods": section["compare"]}} if isinstance(section.get("compare"), list) else {}
    return {**section, **written_out}


def _merge(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """Copy `base` and override it by the keys of `override`, recursively."""
    merged = copy.deepcopy(dict(base))
    for key, value in override.items():
        if isinstance(value, Mapping):
            # A range that overrides a list, or a size that overrides null, is completed from the defaults.
            below = merged.get(key)
            merged[key] = _merge(below if isinstance(below, Mapping) else DEFAULTS.get(key, {}), value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def _default_target(settings: dict[str, Any], *sections: Mapping[str, Any]) -> None:
    """Let the default target bound the mean ΔE that is seen if the picture is dithered; either bound replaces it."""
    given = {name for section in sections for name in section.get("target") or {}}
    target = settings["target"]
    if target is None:
        return
    if "delta_e_seen_mean" in given and "delta_e_mean" not in given:
        del target["delta_e_mean"]
    elif "delta_e_mean" not in given and settings["reconstruct"]["dither"] != "none":
        target["delta_e_seen_mean"] = target.pop("delta_e_mean")


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
    """Explain a schema error without the terms of JSON Schema; keys are relative to the error's path."""
    where = _dotted(tuple(error.absolute_path))
    value, limit = error.instance, error.validator_value
    match error.validator:
        case "additionalProperties":
            allowed = sorted(error.schema["properties"])
            for key in value:
                if key not in allowed:
                    path = key if where == "config" else f"{where}.{key}"
                    hint = _did_you_mean(key, allowed) or _meant(where.rpartition(".")[2], key)
                    hint += f" (allowed: {', '.join(allowed)})"
                    yield (key,), f"{path}: unknown key{hint}"
        case "required":
            for key in limit:
                if key not in value:
                    yield (), f"{where}: the key '{key}' is missing"
        case "type":
            names = [limit] if isinstance(limit, str) else limit
            if set(names) == {"string", "array"}:
                names = ["string"]  # a list, for a set of photos, is seldom what was meant
            kinds = " or ".join(_TYPE_NAMES[name] for name in names)
            yield (), f"{where}: {_show(value)} is not {kinds}{_type_hint(value, names)}"
        case "enum":
            yield (), f"{where}: {_show(value)} is not one of {', '.join(limit)}{_did_you_mean(value, limit)}"
        case "minimum" | "maximum" | "exclusiveMinimum":
            words = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "above"}
            yield (), f"{where}: {_show(value)} must be {words[error.validator]} {limit}"
        case "pattern" if error.parent is None and "propertyNames" in error.absolute_schema_path:
            whose = next((kind for kind in ("palette", "stock") if where.endswith((f"{kind}s", kind))), "image")
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


def _meant(section: str, key: str) -> str:
    """Suggest the section of a similar name that has such a key, or any: `palette` for `palettes`, and so on."""
    for near in difflib.get_close_matches(section, DEFAULTS):
        if near != section and isinstance(keys := DEFAULTS[near], dict) and (key in keys or not keys):
            return f"; did you mean '{near}.{key}'?"
    return ""


def _type_hint(value: Any, names: list[str]) -> str:
    """Explain common pitfalls of YAML: 1e-4 is text, 1.0e-4 a number, 12:30 is 750; anything in quotes is text."""
    if names == ["string"] and isinstance(value, int | float):
        return "; put it in quotes"
    if isinstance(value, str) and {"number", "integer"} & set(names):
        if re.fullmatch(r"[+-]?\d+[eE][+-]?\d+", value):
            return f"; YAML needs a dot: write {value.lower().replace('e', '.0e', 1)}"
        if re.fullmatch(r"[+-]?\d+(\.\d*)?", value):
            return "; remove the quotes"
    return ""


def _cross_check(name: str, entry: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterator[_Problem]:
    """Find contradictions between an image's keys, which the schema can't express.

    A problem is located in the image's entry if that has the section, and at the top level otherwise.
    """
    for check in _CHECKS:
        for section, text in check(settings):
            keys = ("images", name, section) if section in entry else (section,)
            yield keys, f"{_dotted(keys)}: {text}"


# What a check finds: the section of the settings to blame, and what is wrong with it.
_Faults = Iterator[tuple[str, str]]


def _check_title(settings: Mapping[str, Any]) -> _Faults:
    """Check that a title can be read."""
    if not settings["title"]:
        yield "title", "is empty, or nothing in it can be printed; remove it, or write a title"


def _check_k_range(settings: Mapping[str, Any]) -> _Faults:
    """Check that a range of k is not reversed."""
    match settings["n_clusters"]:
        case {"min": low, "max": high} if low > high:
            yield "n_clusters", f"min ({low}) is above max ({high})"


def _check_fit_on(settings: Mapping[str, Any]) -> _Faults:
    """Check that a fit on pixels is not to be refined."""
    if settings["kmeans"]["fit_on"] == "pixels" and settings["kmeans"]["refine"] != "none":
        yield "kmeans", "fit_on: pixels is scikit-learn's plain fit and needs kmeans.refine: none"


def _check_keep(settings: Mapping[str, Any]) -> _Faults:
    """Check that colours to be kept are colours, that the fit can keep them, and that no k is below their number."""
    if not (keep := settings["kmeans"]["keep"]):
        return
    if settings["kmeans"]["refine"] == "none":
        yield "kmeans", "keep needs refine: swaps; scikit-learn's plain fit can't keep a colour"
    try:
        count = len(parse_colors(keep))
    except PaletteError as error:
        yield "kmeans", f"keep: {error}"
        return
    if fault := _no_room(count, _what_is_clear(settings)):
        yield "kmeans", f"keep: {fault}"
        return
    n_clusters = _k_list(settings["n_clusters"])
    if n_clusters and n_clusters[0] < count:
        fault = f"keep has {count_colors(count)}, but n_clusters has k = {n_clusters[0]}"
        yield "kmeans", f"{fault}; begin at k = {count}, or keep fewer"


def _check_background(settings: Mapping[str, Any]) -> _Faults:
    """Check that the background is a colour."""
    try:
        parse_color(settings["background"])
    except PaletteError as error:
        yield "background", str(error)


def _file_name_faults(section: str, settings: Mapping[str, Any]) -> _Faults:
    """Find names of palettes or stocks, which files and folders are named by, that can't be those of files."""
    first: dict[str, str] = {}
    for name, value in settings[section].items():
        if value is None:
            continue
        if (other := first.setdefault(name.casefold(), name)) != name:
            yield section, f"'{other}' and '{name}' differ only in case; rename one"
        if _PERIODIC.search(name):
            yield section, f"'{name}' {_IS_PERIODIC}"


def _check_palettes(settings: Mapping[str, Any]) -> _Faults:
    """Check that every palette has a name of its own and is a usable path or a list of colours."""
    yield from _file_name_faults("palettes", settings)
    for palette, value in settings["palettes"].items():
        if palette in (*QUANTIZERS, *OURS):
            yield "palettes", f"'{palette}' is the name of a quantizer; choose another"
        elif isinstance(value, str) and (re.search("[{}<>\0]", value) or not is_local(value)):
            yield "palettes", f"{palette}: {_show(value)} is not a usable path; name a local file"
        elif isinstance(value, str) and not is_palette_file(value):
            fault = f"{palette}: {_show(value)} is neither a file with the extension of a palette nor a list of colours"
            yield "palettes", fault + _meant("palettes", palette)
        elif isinstance(value, list) and (fault := _palette_fault(value, _what_is_clear(settings))):
            yield "palettes", f"{palette}: {fault}{_meant('palettes', palette)}"


def _check_stock(settings: Mapping[str, Any]) -> _Faults:
    """Check that every stock has colours to choose from, a usable path or what can be chosen from."""
    yield from _file_name_faults("stock", settings)
    for name, stock in settings["stock"].items():
        if stock is None:
            continue
        colors = stock.get("colors")
        if colors is None:
            yield "stock", f"{name}: the key 'colors' is missing; name a file or a list, or {' or '.join(BUILT_IN)}"
        elif is_palette_file(colors):
            if re.search("[{}<>\0]", colors) or not is_local(colors):
                yield "stock", f"{name}: {_show(colors)} is not a usable path; name a local file"
        elif fault := _palette_fault(stock, _what_is_clear(settings)):
            yield "stock", f"{name}: {fault}"


def _check_mask(settings: Mapping[str, Any]) -> _Faults:
    """Check that the mask is a path on this machine."""
    mask = settings["mask"]
    if mask and ("\0" in mask or not is_local(mask)):
        yield "mask", f"{_show(mask)} is not a local path; a mask must be an image file on this machine"


def _check_crop(settings: Mapping[str, Any]) -> _Faults:
    """Check that a crop given in shares of the photo lies within it and is not empty."""
    shares = {name: value for name, value in (settings["crop"] or {}).items() if isinstance(value, float)}
    for name, value in shares.items():
        if value > 1:
            yield "crop", f"{name}: {value} is neither a whole number of pixels nor a share up to 1.0"
    for start, length in (("left", "width"), ("top", "height")):
        first, share = shares.get(start, 0.0), shares.get(length, 0.0)
        if first <= 1 and share <= 1 and first + share > 1 + 1e-9:
            yield "crop", f"{start} ({first}) and {length} ({share}) add up to more than 1.0"
        elif first == 1:
            yield "crop", f"{start}: 1.0 leaves nothing of the photo"


def _what_is_clear(settings: Mapping[str, Any]) -> str | None:
    """Name the setting that may leave some pixels of a picture transparent, if there is one."""
    causes = {
        "a mask": settings["mask"],
        "transparency: ignore": settings["transparency"] == "ignore",
        "together: true": settings.get("together"),
    }
    return next((name for name in causes if causes[name]), None)


def _no_room(colors: int, clear: str | None) -> str | None:
    """Say that so many colours leave no entry of an indexed PNG for transparency, if one is needed."""
    if clear and colors == COLORS:
        return (
            f"an indexed PNG holds {COLORS} colours, and {clear} takes one for transparency; use {COLORS - 1} at most"
        )
    return None


def _check_transparent_entry(settings: Mapping[str, Any]) -> _Faults:
    """Check that an indexed PNG has an entry left for transparency."""
    if fault := _no_room(max(_k_list(settings["n_clusters"]), default=0), _what_is_clear(settings)):
        yield "n_clusters", fault


def _check_source(settings: Mapping[str, Any]) -> _Faults:
    """Check the form of every source, and that only a set has several."""
    sources = _sources(settings)
    yield from (("source", fault) for fault in map(source_fault, sources) if fault)
    if not settings["together"] and isinstance(settings["source"], list):
        shown = ", ".join(map(_show, sources))
        yield "source", f"a list of photos needs together: true; otherwise give each its own entry: {shown}"


def _check_set(settings: Mapping[str, Any]) -> _Faults:
    """Check that photos studied together are local and are given nothing that is for a single photo."""
    if not settings["together"]:
        return
    if settings["sha256"]:
        yield "sha256", "one hash can't match every photo of a set; remove it"
    if settings["mask"]:
        yield "mask", "a mask applies to one photo; remove it, or give each photo its own entry"
    for source in _sources(settings):
        if not is_local(source) and not source.startswith("skimage:"):
            fault = "the photos of a set must be files or skimage:NAME; download it and name the file"
            yield "source", f"{_show(source)}: {fault}"


def _sources(settings: Mapping[str, Any]) -> list[str]:
    return [settings["source"]] if isinstance(settings["source"], str) else settings["source"]


_CHECKS = (
    _check_title,
    _check_k_range,
    _check_fit_on,
    _check_keep,
    _check_background,
    _check_palettes,
    _check_stock,
    _check_mask,
    _check_crop,
    _check_transparent_entry,
    _check_source,
    _check_set,
)


def _name_clashes(names: list[str]) -> Iterator[_Problem]:
    """Find names that clash with a file in results/, or with each other on a file system that ignores case."""
    first: dict[str, str] = {}
    for name in names:
        keys = ("images", name)
        if name.casefold() in RESERVED:
            yield keys, f"images: '{name}' is the name of a file in results/; choose another"
        if _PERIODIC.search(name):
            yield keys, f"images: '{name}' {_IS_PERIODIC}"
        if name.casefold() in first:
            yield keys, f"images: '{first[name.casefold()]}' and '{name}' differ only in case; rename one"
        first.setdefault(name.casefold(), name)
