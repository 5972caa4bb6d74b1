"""Turn the user's configuration into complete settings per image, or say all that is wrong with it."""

import copy
import difflib
import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
from PIL import ImageColor

DEFAULTS: dict[str, Any] = {
    "n_clusters": {"min": 2, "max": 10},
    "background": "white",
    "download": {"timeout": 30, "retries": 3},
    "resize": {"width": 320, "height": 240, "method": "contain", "resample": "bicubic"},
    "kmeans": {
        "init": "k-means++",
        "n_init": 10,
        "max_iter": 300,
        "tol": 1e-4,
        "algorithm": "lloyd",
        "random_state": 42,
        "fit_on": "colors",
        "refine": "breathing",
        "space": "rgb",
    },
    "reconstruct": {"dither": "none"},
    "silhouette": {"max_colors": 60_000},
    "scatter": {"static": True, "width": 900, "height": 800, "max_points": 20_000},
    "montage": {"columns": None},
    "target": {"delta_e_mean": 3.0},
    "compare": [
        "median-cut",
        "median-cut+kmeans",
        "max-coverage",
        "max-coverage+kmeans",
        "octree",
        "imagequant",
        "minibatch-kmeans",
        "bisecting-kmeans",
        "wu",
    ],
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


class ConfigError(ValueError):
    """The configuration is wrong; the message lists every problem in plain words."""


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


def resolve(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Complete every image's settings: defaults, overridden by the top level, by the image's entry.

    Parameters
    ----------
    config
        The configuration as read from YAML.
    schema
        JSON Schema of the configuration.

    Returns
    -------
    dict
        Settings per image name, in the config's order. ``n_clusters`` is a sorted list of int,
        ``sha256`` a lower-case string or None.

    Raises
    ------
    ConfigError
        With every problem found, one a line, each with its path, value and remedy.
    """
    problems = list(_schema_problems(config, schema))
    if problems:
        raise ConfigError(_report(problems))
    top_level = {key: value for key, value in config.items() if key != "images"}
    images = {}
    for name, entry in config["images"].items():
        settings = _merge(_merge(DEFAULTS, top_level), entry)
        settings["sha256"] = settings["sha256"].lower() if "sha256" in settings else None
        problems += _cross_check(name, settings)
        images[name] = settings
    problems += _name_clashes(list(images))
    if problems:
        raise ConfigError(_report(list(dict.fromkeys(problems))))
    for settings in images.values():
        settings["n_clusters"] = _k_list(settings["n_clusters"])
    return images


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


def _schema_problems(config: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    for error in sorted(_Validator(schema).iter_errors(config), key=lambda error: list(map(str, error.path))):
        yield from _describe(error)


def _describe(error: jsonschema.ValidationError) -> Iterator[str]:
    """Say what one schema error means to somebody who has never heard of JSON Schema."""
    where = ".".join(map(str, error.absolute_path)) or "config"
    value, limit = error.instance, error.validator_value
    match error.validator:
        case "additionalProperties":
            allowed = sorted(error.schema["properties"])
            for key in value:
                if key not in allowed:
                    path = key if where == "config" else f"{where}.{key}"
                    yield f"{path}: unknown key{_did_you_mean(key, allowed)} (allowed: {', '.join(allowed)})"
        case "required":
            for key in limit:
                if key not in value:
                    yield f"{where}: the key '{key}' is missing"
        case "type":
            names = [limit] if isinstance(limit, str) else limit
            yield (
                f"{where}: {_show(value)} is not {' or '.join(_TYPE_NAMES[name] for name in names)}"
                f"{_number_hint(value, names)}"
            )
        case "enum":
            yield f"{where}: {_show(value)} is none of {', '.join(limit)}{_did_you_mean(value, limit)}"
        case "minimum" | "maximum" | "exclusiveMinimum":
            words = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "above"}
            yield f"{where}: {_show(value)} must be {words[error.validator]} {limit}"
        case "pattern" if error.parent is None and "propertyNames" in error.absolute_schema_path:
            yield (
                f"{where}: {_show(value)} can't be an image's name; use letters, digits, '.', '_' and '-', "
                "beginning with a letter or digit, 100 at most"
            )
        case "pattern":
            yield f"{where}: {_show(value)} is not 64 hexadecimal digits"
        case "minItems" | "minProperties" | "minLength":
            yield f"{where}: is empty; give at least one"
        case "uniqueItems":
            yield f"{where}: {_show(value)} names a value twice"
        case _:
            yield f"{where}: {error.message}"


def _show(value: Any) -> str:
    text = repr(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _did_you_mean(word: Any, allowed: list[str]) -> str:
    close = difflib.get_close_matches(str(word), allowed, n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _number_hint(value: Any, names: list[str]) -> str:
    """Explain YAML's commonest trap: 1e-4 is text, 1.0e-4 a number."""
    if isinstance(value, str) and {"number", "integer"} & set(names):
        if re.fullmatch(r"[+-]?\d+[eE][+-]?\d+", value):
            return f"; YAML wants a dot in it: {value.lower().replace('e', '.0e', 1)}"
        return "; write it without quotes"
    return ""


def _cross_check(name: str, settings: Mapping[str, Any]) -> Iterator[str]:
    """Find what no schema can say: keys that contradict one another."""
    where = f"images.{name}"
    n_clusters, size = settings["n_clusters"], settings["resize"]
    if isinstance(n_clusters, Mapping) and n_clusters["min"] > n_clusters["max"]:
        yield f"{where}: n_clusters.min ({n_clusters['min']}) is above n_clusters.max ({n_clusters['max']})"
    elif size and max(_k_list(n_clusters)) > size["width"] * size["height"]:
        yield (
            f"{where}: k = {max(_k_list(n_clusters))} is more than the {size['width'] * size['height']} pixels "
            f"of resize {size['width']} × {size['height']}; lower n_clusters or enlarge resize"
        )
    if settings["kmeans"]["fit_on"] == "pixels" and settings["kmeans"]["refine"] != "none":
        yield f"{where}: kmeans.fit_on: pixels is scikit-learn's plain fit; set kmeans.refine: none with it"
    try:
        ImageColor.getrgb(settings["background"])
    except ValueError:
        yield f"{where}: background {_show(settings['background'])} is no colour; use a CSS name or #rrggbb"
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):", settings["source"])
    if scheme and scheme[1].lower() not in ("http", "https", "skimage"):
        yield (
            f"{where}.source: {_show(settings['source'])} begins with '{scheme[1]}:'; "
            "use http(s)://…, a local path, or skimage:NAME"
        )


def _name_clashes(names: list[str]) -> Iterator[str]:
    """Find names that are one folder on a file system that ignores case, or that are files of results/."""
    first: dict[str, str] = {}
    reserved = {"index.html", "overview.png", "readme.md", "report.zip", "scores.csv"}
    for name in reserved & {name.casefold() for name in names}:
        yield f"images: '{name}' is the name of a file in results/; choose another"
    for name in names:
        if name.casefold() in first:
            yield f"images: '{first[name.casefold()]}' and '{name}' differ by case only; rename one"
        first.setdefault(name.casefold(), name)


def _report(problems: list[str]) -> str:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return f"The configuration has {count}:\n" + "\n".join(f"  - {problem}" for problem in problems)
