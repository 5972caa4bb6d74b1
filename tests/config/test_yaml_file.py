"""Values are read as they are meant, with the place each was given at, from files and from the command line."""

import functools
from datetime import date
from pathlib import Path

import pytest

from photopalette.config.settings import kinds
from photopalette.config.yaml_file import (
    MAX_DEPTH,
    ConfigError,
    ConfigFile,
    key_text,
    locate,
    read,
    read_command_line,
    redacted,
    report,
)
from settings import SCHEMA

pytestmark = pytest.mark.usefixtures("in_folder")


def given(*arguments):
    return read_command_line(arguments, functools.partial(kinds, SCHEMA))


def refused(*arguments):
    with pytest.raises(ConfigError) as error:
        given(*arguments)
    return str(error.value)


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        ([], {}),
        (["n_clusters=[4,5]"], {"n_clusters": [4, 5]}),
        (['n_clusters={"min":2,"max":4}'], {"n_clusters": {"min": 2, "max": 4}}),
        (["scatter={static: off}"], {"scatter": {"static": False}}),
        (["max_megapixels=9"], {"max_megapixels": 9}),
        (["allow_truncated=true"], {"allow_truncated": True}),
        (["resize="], {"resize": None}),
        (["resize= "], {"resize": None}),
        (["resize"], {"resize": None}),
        (["resize=null"], {"resize": None}),
        (["mask=null"], {"mask": None}),
        (["mask=a=b.png"], {"mask": "a=b.png"}),
        # Numbers to everybody but YAML, unless they are in quotes.
        (["kmeans={tol: 1e-3}"], {"kmeans": {"tol": 0.001}}),
        (['kmeans={tol: "1e-3"}'], {"kmeans": {"tol": "1e-3"}}),
        (["kmeans={tol: 1.5}"], {"kmeans": {"tol": 1.5}}),
        (["kmeans={n_init: 1e3}"], {"kmeans": {"n_init": "1e3"}}),
        # Text where text is wanted, whatever YAML would make of it.
        (["background=000000"], {"background": "000000"}),
        (["background=null"], {"background": "null"}),
        (["background='#ff8000'"], {"background": "#ff8000"}),
        (["background="], {"background": None}),
        (["background=@white"], {"background": "@white"}),
        (
            ["images={2024: {source: 123, sha256: 456}, 1.5: {source: [1, off]}}"],
            {"images": {"2024": {"source": "123", "sha256": "456"}, "1.5": {"source": ["1", "off"]}}},
        ),
        # One on top of the other.
        (["kmeans={n_init: 3, tol: 1.0}", "kmeans={tol: 2.0}"], {"kmeans": {"n_init": 3, "tol": 2.0}}),
        (["n_clusters={min: 3}", "n_clusters=[4]", "background=red"], {"n_clusters": [4], "background": "red"}),
    ],
)
def test_the_command_line_is_read_as_it_was_meant(arguments, values):
    assert given(*arguments) == values


def test_everything_wrong_with_the_command_line_is_reported():
    message = refused(
        "n_clusters=[2, 3",
        "kmeans={n_init: 3, n_init: 4}",
        "background=red",
        "mask=@a",
        f"figures={'[' * MAX_DEPTH}1{']' * MAX_DEPTH}",
        "figures=!!python/name:os.system",
        "resize={width: \x1b}",
    )
    first, *problems = message.splitlines()
    assert first == "The configuration has 6 problems:"
    assert [problem.split(";")[0].split(" (")[0] for problem in problems] == [
        "  - --config: n_clusters: this is not valid YAML",
        "  - --config: kmeans.n_init is given twice",
        "  - --config: mask: this is not valid YAML",
        "  - --config: nested more than 20 levels deep",
        "  - --config: the tag !!python/name:os.system is not allowed",
        "  - --config: resize: the character U+001B is not allowed in YAML",
    ]
    assert refused("figures=" + "[" * 5000).startswith("The configuration has 1 problem:\n  - --config: figures: ")


def written(text):
    path = Path("config.yaml")
    path.write_text(text)
    return path


def test_every_value_has_its_line():
    file = read(written("\na:\n  b: 1\n  2: [x,\n    y]\nc: &c\n  d: {e: 1,\n  f: 2}\ng: *c\nh:\n  <<: *c\n  i: 3\n"))
    mapping = {"d": {"e": 1, "f": 2}}
    assert file.values == {"a": {"b": 1, 2: ["x", "y"]}, "c": mapping, "g": mapping, "h": {**mapping, "i": 3}}
    assert {keys: line for keys, line in file.lines.items() if "<key>" not in keys and keys} == {
        **{("a",): 2, ("a", "b"): 3, ("a", "2"): 4, ("a", "2", 0): 4, ("a", "2", 1): 5},
        **{("c",): 6, ("c", "d"): 7, ("c", "d", "e"): 7, ("c", "d", "f"): 8},
        **{("g",): 9, ("g", "d"): 7, ("g", "d", "e"): 7, ("g", "d", "f"): 8},
        **{("h",): 10, ("h", "i"): 12, ("h", "d"): 7, ("h", "d", "e"): 7, ("h", "d", "f"): 8},
    }


def test_own_keys_win_over_merged_ones_and_the_first_mapping_over_the_second():
    text = "a: &a {x: 1, y: 1}\nb: &b {x: 2, y: 2, z: 2}\nc: {<<: [*a, *b], y: 3}\n"
    assert read(written(text)).values["c"] == {"x": 1, "y": 3, "z": 2}


def test_nesting_is_allowed_up_to_its_limit():
    def nested(levels):
        return written("{a: " * levels + "1" + "}" * levels)

    value = read(nested(MAX_DEPTH)).values
    for _ in range(MAX_DEPTH):
        value = value["a"]
    assert value == 1
    with pytest.raises(ConfigError, match="nested more than 20 levels deep; flatten it"):
        read(nested(MAX_DEPTH + 1))


def test_a_value_is_located_where_it_was_given_last():
    first = ConfigFile("first.yaml", {}, {("a",): 1, ("a", "b"): 2, ("c",): 3})
    second = ConfigFile("second.yaml", {}, {("a",): 7})
    files = [first, second]
    assert locate(("a",), files, {}) == "second.yaml, line 7: "
    assert locate(("a", "b"), files, {}) == "first.yaml, line 2: "
    assert locate(("c", "d", 0), files, {}) == "first.yaml, line 3: "
    assert locate(("x",), files, {}) == locate((), files, {"a": 1}) == ""
    assert locate(("a", "b"), files, {"a": {"b": None}}) == "--config: "
    assert locate(("a", "b"), files, {"a": {"x": 1}}) == "first.yaml, line 2: "
    assert locate(("a", "x"), files, {"a": {"y": 1}}) == "--config: "
    assert locate(("c", "d"), files, {"c": [1]}) == "--config: "
    assert locate(("c",), files, {"a": 1}) == "first.yaml, line 3: "


@pytest.mark.parametrize(
    ("key", "text"),
    [("a", "a"), (None, "null"), (True, "true"), (2024, "2024"), (1.5, "1.5"), (date(2024, 1, 2), "2024-01-02")],
)
def test_a_key_is_written_as_yaml_has_it(key, text):
    assert key_text(key) == text


def test_a_report_is_counted_printable_and_without_secrets():
    assert report(["one"]) == "The configuration has 1 problem:\n  - one"
    message = report(["a\udce9", "https://alice:hunter2@h/"])
    assert message == "The configuration has 2 problems:\n  - a\\udce9\n  - https://…@h/"


def test_secrets_are_hidden_wherever_they_stand():
    url, shown = "https://h/?token=t", "https://h/?token=…"
    assert redacted({url: [url, {"a": url}], "b": 3}) == {shown: [shown, {"a": shown}], "b": 3}
