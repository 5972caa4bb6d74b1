"""Whatever is wrong with a configuration is said in plain words, all of it, with the line.

The table is broken_configs.txt: a name, the YAML, and after ``>>>`` the message in full, but for the
names of all keys, which grow with the schema.
"""

import copy
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from photopalette.config.settings import DEFAULTS, ConfigError, resolve
from photopalette.config.yaml_file import locate, read
from project import ROOT
from settings import SCHEMA

pytestmark = pytest.mark.usefixtures("in_folder")

CASES = dict(
    case.split("\n", 1) for case in ("\n" + (ROOT / "tests/config/broken_configs.txt").read_text()).split("\n=== ")[1:]
)
ALL_KEYS = {
    "TOP LEVEL": SCHEMA["properties"],
    "OF AN IMAGE": SCHEMA["properties"]["images"]["additionalProperties"]["properties"],
}
MERGED = b"""
images:
  a:
    source: photo.jpg
    kmeans: &mine {n_init: 3, max_iter: 5}
  b:
    source: photo.jpg
    kmeans:
      <<: *mine
      max_iter: 7
"""


def settings_of(*contents, command_line=None):
    """Resolve files of these contents, a later one over an earlier one, in the working directory."""
    files = []
    for number, content in enumerate(contents):
        path = Path(f"config{number or ''}.yaml")
        path.write_bytes(content)
        files.append(read(path))
    merged = {}
    for values in (*(file.values for file in files), command_line or {}):
        merged |= values
    return resolve(merged, SCHEMA, lambda keys: locate(keys, files, command_line or {}))


def problems(*contents, **options):
    with pytest.raises(ConfigError) as error:
        settings_of(*contents, **options)
    return str(error.value)


def test_every_broken_config_has_its_message():
    assert len(CASES) >= 115


@pytest.mark.parametrize("name", CASES)
def test_message(name):
    content, message = CASES[name].split(">>>\n")
    for place, keys in ALL_KEYS.items():
        message = message.replace(f"(allowed: {place})", f"(allowed: {', '.join(sorted(keys))})")
    assert problems(content.encode()) == message.strip()
    assert not Path("owned").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("images: {a: {source: café.jpg}}".encode("latin-1"), "line 1: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        ("\n\n# 5 €".encode("cp1252"), "line 3: byte 0x80 is not UTF-8; save the file as UTF-8"),
        ("images: {}".encode("utf-16"), "line 1: byte 0xff is not UTF-8; save the file as UTF-8"),
        (b"images:\n  a\0b: {}", "line 2: the character U+0000 is not allowed in YAML; remove it"),
        (b"images:\n  a: \x1b[31m", "line 2: the character U+001B is not allowed in YAML; remove it"),
        (b"\x89PNG\r\n\x1a\n", "line 1: byte 0x89 is not UTF-8; save the file as UTF-8"),
    ],
    ids=["latin-1", "cp1252", "utf-16", "null", "escape", "png"],
)
def test_a_file_that_is_not_text_is_reported_plainly(content, message):
    assert problems(content) == f"The configuration has 1 problem:\n  - config.yaml, {message}"


def test_a_missing_file_is_reported_plainly():
    with pytest.raises(ConfigError, match=r"nowhere\.yaml can't be read: No such file or directory"):
        read(Path("nowhere.yaml"))


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfimages: {a: {source: p}}", b"images:\r\n  a: {source: p}\r\n"])
def test_a_byte_order_mark_and_windows_line_endings_are_accepted(content):
    assert settings_of(content)["a"]["source"] == "p"


def test_anchors_aliases_and_merge_keys_work():
    resolved = settings_of(MERGED)
    assert resolved["a"]["kmeans"] == {**DEFAULTS["kmeans"], "n_init": 3, "max_iter": 5}
    assert resolved["b"]["kmeans"] == {**DEFAULTS["kmeans"], "n_init": 3, "max_iter": 7}
    assert read(Path("config.yaml")).values == yaml.safe_load(MERGED)


def test_every_shipped_config_reads_as_yaml_does():
    for path in (ROOT / "config").glob("*.yaml"):
        assert read(path).values == yaml.safe_load(path.read_text())


def test_the_last_file_and_the_command_line_are_blamed():
    first, last = b"images: {a: {source: p}}\nkmeans: {n_init: 0}\n", b"\n\nkmeans: {n_init: -1}\n"
    assert "  - config1.yaml, line 3: kmeans.n_init: -1 must be" in problems(first, last)
    message = problems(first, last, command_line={"kmeans": {"n_init": -2}})
    assert "  - --config: kmeans.n_init: -2 must be" in message


# Near misses are worth more than noise: words of the schema in wrong places, with values of every kind.
WORDS = st.sampled_from(
    [*SCHEMA["properties"], *SCHEMA["$defs"]["kmeans"]["properties"], "source", "sha256", "min", "max", "width", "a"]
)
KEYS = WORDS | st.text(max_size=3) | st.integers() | st.booleans() | st.none() | st.dates()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates() | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
GOOD = {"images": {"a": {"source": "photo.jpg"}}, **DEFAULTS}


@st.composite
def nearly_right(draw):
    """The defaults with a few values replaced, taken out or added anywhere."""
    config = copy.deepcopy(GOOD)
    for _ in range(draw(st.integers(1, 3))):
        place = config
        while isinstance(place, dict) and place:
            key = draw(st.sampled_from(list(place)))
            if not isinstance(place[key], dict) or draw(st.booleans()):
                break
            place = place[key]
        place[draw(st.sampled_from([key]) | KEYS)] = draw(VALUES)
    return config


def resolved_or_refused(act):
    try:
        resolved = act()
    except ConfigError as error:
        message = str(error)
    else:
        message = None
        for entry in resolved.values():
            assert set(entry) - {"photos"} == {*DEFAULTS, "source", "sha256", "title", "together"}
            assert all(1 <= k <= 256 for k in entry["n_clusters"])
    return message


@settings(max_examples=400)
@given(nearly_right() | st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_structure_is_resolved_or_rejected(config):
    message = resolved_or_refused(lambda: resolve(config, SCHEMA))
    assert message is None or message.startswith("The configuration has ")


@st.composite
def damaged_text(draw):
    """A working file with pieces of YAML's syntax thrown in, or taken out."""
    text = draw(st.sampled_from([MERGED.decode(), (ROOT / "config/config.yaml").read_text()]))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        gone = draw(st.integers(0, 3))
        syntax = [*"\t:-?[]{},&*!|>'\"%@`~=#\n ", "<<: ", "&a ", "*a", "!!int ", "!!set ", "---\n", "\\ud800"]
        piece = st.sampled_from(syntax)
        text = text[:at] + draw(piece | st.text(max_size=3)) + text[at + gone :]
    return text


@settings(max_examples=400)
@given(damaged_text())
def test_any_text_is_resolved_or_rejected(text):
    message = resolved_or_refused(lambda: settings_of(text.encode("utf-8", "surrogatepass")))
    assert message is None or message.startswith("The configuration has ")
