"""Reading YAML with the line of every value, and stricter than YAML's own loaders."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from snakemake.utils import update_config

from photopalette.run.secrets import redact

Keys = tuple[str | int, ...]

# Far more than any real config needs; nested aliases ("billion laughs") soon exceed it.
MAX_DEPTH = 20
TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep; flatten it"
_MAX_VALUES = 100_000

# Keys that Snakemake itself acts on when it reads a config.
_SNAKEMAKES_OWN = {
    "__use_yte__": "would let the file run Python code",
    "pathvars": "would point Snakemake at other folders",
}

# A number without a dot, which YAML reads as text.
_EXPONENT = re.compile(r"[+-]?\d+[eE][+-]?\d+")
_NOWHERE = object()
_KEY = "<key>"
_STANDARD = "tag:yaml.org,2002:"
_TAGS = {_STANDARD + name for name in ("null", "bool", "int", "float", "str", "timestamp", "seq", "map", "merge")}


class ConfigError(ValueError):
    """An error in the configuration; the message lists every problem."""


class ConfigFile(NamedTuple):
    """The values of a configuration file, and the line of each value by its keys, which are all text."""

    name: str
    values: dict[str, Any]
    lines: dict[Keys, int]


def report(problems: Sequence[str]) -> str:
    """Format problems as one message, without secrets and printable even if a file's name is not UTF-8."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    text = f"The configuration has {count}:\n" + "\n".join(f"  - {problem}" for problem in problems)
    return redact(text).encode("utf-8", "backslashreplace").decode()


def key_text(key: Any) -> str:
    """Convert a key to text as YAML writes it, such as ``null``, ``true`` or 2024."""
    return key if isinstance(key, str) else str(key) if isinstance(key, date) else json.dumps(key, default=str)


def read(path: Path) -> ConfigFile:
    """Read a YAML file that consists of one mapping of plain values.

    Anchors, aliases and merge keys are allowed; duplicate keys, tags that build objects, further documents and deep
    nesting are not.

    Raises
    ------
    ConfigError
        If anything is wrong; the message lists every problem with its line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(report([f"{path} can't be read: {error.strerror}"])) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise ConfigError(report([f"{path}, line {line}: {problem}"])) from None
    try:
        walk = _Walk(str(path), yaml.SafeLoader(text))
        root = walk.loader.get_single_node()
        values = walk.value(root, ()) if isinstance(root, yaml.MappingNode) else None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(report([f"{path}, line {line}: {_not_allowed(text[error.position])}"])) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigError(report([f"{path}, line {mark.line + 1}: {_in_plain_words(error)}"])) from None
    except RecursionError:
        raise ConfigError(report([f"{path}: {TOO_DEEP}"])) from None
    if root is None:
        raise ConfigError(report([f"{path}: is empty; it needs at least 'images'"]))
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(report([f"{path}: is not a mapping; write 'key: value' lines, including 'images:'"]))
    if walk.problems:
        raise ConfigError(report(list(dict.fromkeys(walk.problems))))
    return ConfigFile(str(path), values, walk.lines)


def read_command_line(arguments: Sequence[str], kinds: Callable[[Keys], set[str]]) -> dict[str, Any]:
    """Read the arguments of ``--config`` like a file, but without the need for quotes within quotes.

    Parameters
    ----------
    arguments
        ``key=value``, where each value is YAML; an empty one is null.
    kinds
        Returns the types of JSON Schema that are allowed at some keys. If only text is allowed, 2024 and null are read
        as text; if a number is allowed, 1e-4 is read as one. Keys are always text.

    Raises
    ------
    ConfigError
        If anything is wrong; the message lists every problem.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for argument in arguments:
        key, _, text = argument.partition("=")
        try:
            walk = _CommandLine("--config", yaml.SafeLoader(text), kinds)
        except yaml.reader.ReaderError as error:
            problems.append(f"--config: {key}: {_not_allowed(text[error.position])}")
            continue
        try:
            node = walk.loader.get_single_node()
            value = walk.value(node, (key,)) if node else None
        except ConfigError:  # recorded in walk.problems
            value = None
        except yaml.MarkedYAMLError as error:
            value = text
            if kinds((key,)) != {"string"}:
                walk.problems.append(f"--config: {key}: {_in_plain_words(error)}")
        except RecursionError:
            value = None
            walk.problems.append(f"--config: {key}: {TOO_DEEP}")
        problems += walk.problems
        update_config(values, {key: value})
    if problems:
        raise ConfigError(report(list(dict.fromkeys(problems))))
    return values


def redacted(value: Any) -> Any:
    """Copy a value with the secrets hidden in all its URLs."""
    match value:
        case Mapping():
            return {redacted(key): redacted(item) for key, item in value.items()}
        case list():
            return [redacted(item) for item in value]
        case str():
            return redact(value)
    return value


def locate(keys: Keys, files: Sequence[ConfigFile], command_line: Mapping[str, Any]) -> str:
    """Return where the value at `keys` was given: by ``--config``, or else in the last file that has it."""
    for length in range(len(keys), 0, -1):
        below: Any = command_line
        for key in keys[:length]:
            # A value that is not a mapping, such as a list, replaces the file's as a whole.
            below = below.get(key, _NOWHERE) if isinstance(below, Mapping) else below
        if below is not _NOWHERE:
            return "--config: "
        for file in reversed(files):
            if keys[:length] in file.lines:
                return f"{file.name}, line {file.lines[keys[:length]]}: "
    return ""


class _Walk:
    """Converts the nodes of a YAML document to values, and records their lines and problems."""

    def __init__(self, name: str, loader: yaml.SafeLoader):
        self.name = name
        self.loader = loader
        self.lines: dict[Keys, int] = {}
        self.problems: list[str] = []
        self.count = 0

    def problem(self, node: yaml.Node, text: str) -> None:
        self.problems.append(f"{self.name}, line {node.start_mark.line + 1}: {text}")

    def first(self, line: int) -> str:
        return f", first on line {line}"

    def key(self, node: yaml.ScalarNode, keys: Keys) -> Any:
        return self.value(node, keys)

    def scalar(self, node: yaml.ScalarNode, keys: Keys) -> Any:
        return self.loader.construct_object(node)

    def value(self, node: yaml.Node, keys: Keys) -> Any:
        self.count += 1
        limit = None
        if len(keys) > MAX_DEPTH:
            limit = TOO_DEEP
        elif self.count > _MAX_VALUES:
            limit = f"its aliases expand to more than {_MAX_VALUES} values; write them out"
        if limit:
            self.problem(node, limit)
            raise ConfigError(report(self.problems[-1:]))
        self.lines.setdefault(keys, node.start_mark.line + 1)
        if node.tag not in _TAGS:
            self.problem(node, f"the tag {node.tag.replace(_STANDARD, '!!')} is not allowed; write a plain value")
            return None
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*keys, number)) for number, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, keys)
        try:
            node.value.encode()
            return self.scalar(node, keys)
        except UnicodeEncodeError:
            self.problem(
                node, "half a surrogate pair (\\ud800 to \\udfff) is not a character; write the whole character"
            )
        # YAML recognizes dates and numbers by patterns, which also match some that Python rejects.
        except (ValueError, KeyError, yaml.YAMLError):
            kind = "date" if node.tag.endswith("timestamp") else "number"
            self.problem(
                node, f"{node.value[:80]} looks like a {kind} to YAML but isn't one; if it is text, put it in quotes"
            )
        return None

    def mapping(self, node: yaml.MappingNode, keys: Keys) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        first: dict[str, int] = {}
        merges = []
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.problem(key_node, "a list or mapping can't be a key; use text")
                continue
            if key_node.tag == _STANDARD + "merge":
                merges.append(value_node)
                continue
            key = self.key(key_node, (*keys, _KEY))
            text, line = key_text(key), key_node.start_mark.line + 1
            if text in first:
                path = ".".join(map(str, (*keys, text)))
                self.problem(key_node, f"{path} is given twice{self.first(first[text])}; keep one")
            elif keys == () and text in _SNAKEMAKES_OWN:
                self.problem(key_node, f"{text} {_SNAKEMAKES_OWN[text]}; remove it")
            first.setdefault(text, line)
            self.lines.setdefault((*keys, text), line)
            values[key] = self.value(value_node, (*keys, text))
        for merge in merges:
            for key, value in self.merged(merge, keys):
                values.setdefault(key, value)
        return values

    def merged(self, node: yaml.Node, keys: Keys) -> Iterator[tuple[Any, Any]]:
        """Yield the items that a merge key, ``<<``, inserts; the first of several mappings takes precedence."""
        for source in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if isinstance(source, yaml.MappingNode):
                yield from self.value(source, keys).items()
            else:
                self.problem(source, "'<<' merges only mappings; give it an alias to one")


class _CommandLine(_Walk):
    """The same for the command line, where values have no lines and are read as the type that the schema allows."""

    def __init__(self, name: str, loader: yaml.SafeLoader, kinds: Callable[[Keys], set[str]]):
        super().__init__(name, loader)
        self.kinds = kinds

    def problem(self, node: yaml.Node, text: str) -> None:
        self.problems.append(f"{self.name}: {text}")

    def first(self, line: int) -> str:
        return ""

    def key(self, node: yaml.ScalarNode, keys: Keys) -> Any:
        return node.value

    def scalar(self, node: yaml.ScalarNode, keys: Keys) -> Any:
        kinds = self.kinds(keys)
        if "string" in kinds and kinds <= {"string", "array"}:
            return node.value
        if "number" in kinds and node.style is None and _EXPONENT.fullmatch(node.value):
            return float(node.value)
        return super().scalar(node, keys)


def _not_allowed(character: str) -> str:
    return f"the character U+{ord(character):04X} is not allowed in YAML; remove it"


def _in_plain_words(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "'\\t'" in problem:
        return "a tab is not allowed here; indent YAML with spaces"
    if "undefined alias" in problem:
        return f"the alias *{problem.split(chr(39))[1]} has no anchor &{problem.split(chr(39))[1]} above it"
    if error.context == "expected a single document in the stream":
        return "a second document begins here ('---'); keep one"
    if "mapping values are not allowed" in problem:
        return "unexpected colon; correct the indentation, or put text that contains ': ' in quotes"
    context = f"{error.context}: " if error.context else ""
    return f"this is not valid YAML ({context}{problem}); correct the indentation, brackets or quotes near it"
