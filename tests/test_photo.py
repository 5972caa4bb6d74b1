"""`make photo=…` accepts a name with spaces, several names, a folder or a pattern."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import photo
from photopalette.config.names import image_names
from photopalette.config.settings import read_schema, resolve
from photopalette.config.yaml_file import ConfigError, read
from photopalette.palettes.quantizers import QUANTIZERS
from project import no_room


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in (
        "a.jpg",
        "b c.jpg",
        "c.jpg",
        "my photos/it's.jpg",
        "my photos/B.JPG",
        "home/tea.png",
        "texts/a.txt",
        "d  e",
    ):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("a.jpg", ["a.jpg"]),
        ("b c.jpg", ["b c.jpg"]),
        ("my photos/it's.jpg", ["my photos/it's.jpg"]),
        ("a.jpg c.jpg", ["a.jpg", "c.jpg"]),
        ("  a.jpg   c.jpg ", ["a.jpg", "c.jpg"]),
        ("a.jpg b c.jpg my photos/it's.jpg", ["a.jpg", "b c.jpg", "my photos/it's.jpg"]),
        ("my photos/*.jpg a.jpg", ["my photos/*.jpg", "a.jpg"]),
        ("my photos ~/tea.png", ["my photos", "~/tea.png"]),
        ("d  e", ["d  e"]),
        ("https://h/a.jpg?w=8 skimage:coffee a.jpg", ["https://h/a.jpg?w=8", "skimage:coffee", "a.jpg"]),
        ("a.jpg nowhere.jpg", ["a.jpg", "nowhere.jpg"]),
        ("not there.jpg nor there.JPG", ["not there.jpg", "nor there.JPG"]),
        ("not there", ["not there"]),
        ("s3://bucket/a file:///b HTTPS://h/c a.jpg", ["s3://bucket/a", "file:///b", "HTTPS://h/c", "a.jpg"]),
        (r"C:\My Photos\cup.jpg a.jpg", [r"C:\My Photos\cup.jpg", "a.jpg"]),
    ],
)
def test_names_are_kept_apart(text, sources):
    assert photo.split(text) == sources


@pytest.mark.parametrize(
    ("source", "files"),
    [
        ("my photos/*.jpg", ["my photos/B.JPG", "my photos/it's.jpg"]),
        ("my photos", ["my photos/B.JPG", "my photos/it's.jpg"]),
        ("~/*.png", ["HOME/tea.png"]),
        ("https://h/a*.jpg", ["https://h/a*.jpg"]),
    ],
)
def test_what_a_source_stands_for(source, files):
    assert photo.expand(source) == [file.replace("HOME", os.environ["HOME"]) for file in files]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("A.JPG", "there is no file A.JPG (in FOLDER); did you mean a.jpg?"),
        ("xyzzy", "there is no file xyzzy (in FOLDER); check the name"),
        ("my photos/*.tif", 'no file matches "my photos/*.tif" (in FOLDER); did you mean "my photos/*.jpg" (2 files)?'),
        ("texts", "texts is a folder without photographs; name another one"),
    ],
)
def test_missing_files_are_named(source, message):
    with pytest.raises(ValueError, match=r".") as error:
        photo.expand(source)
    assert str(error.value) == message.replace("FOLDER", os.getcwd())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("file:///a.jpg", "\"file:///a.jpg\" begins with 'file:'; use http(s)://…, a local path "),
        ("s3://bucket/a.jpg", "\"s3://bucket/a.jpg\" begins with 's3:'; use http(s)://…, a local path "),
        ("HTTPS://h/a.jpg", "\"HTTPS://h/a.jpg\" begins with 'HTTPS:'; use http(s)://…, a local path "),
        ("https:/h/a.jpg", "\"https:/h/a.jpg\" begins with 'https:'; use http(s)://…, a local path "),
        (
            "https://h/\ta.jpg",
            '"https://h/\\ta.jpg" contains a space or control character, which no URL can; encode it',
        ),
        ("sftp://alice:hunter2@h/a", "\"sftp://…@h/a\" begins with 'sftp:'; use http(s)://…"),
        (r"C:\My Photos\*.jpg", r'"C:\\My Photos\\*.jpg" is a path of Windows; in WSL, C:\ is /mnt/c/, and'),
        ("c:/a.jpg", r'"c:/a.jpg" is a path of Windows; in WSL, C:\ is /mnt/c/, and'),
        (r"\\nas\a.jpg", r'"\\\\nas\\a.jpg" is a path of Windows; in WSL, C:\ is /mnt/c/, and'),
    ],
)
def test_what_is_no_source_is_refused_as_in_a_configuration(source, message):
    with pytest.raises(ValueError, match=r".") as ours:
        photo.expand(source)
    assert str(ours.value).startswith(message)
    schema = read_schema(Path(photo.ROOT, "workflow/schemas/config.schema.yaml"))
    with pytest.raises(ConfigError) as configs:
        resolve({"images": {"a": {"source": source}}}, schema)
    assert f"images.a.source: {ours.value}" in str(configs.value).splitlines()[-1]


def test_a_file_that_is_there_is_no_path_of_windows():
    Path("C:").mkdir()
    for name in ("C:/a.jpg", r"C:\a.jpg", "c:a.jpg"):
        Path(name).touch()
        assert photo.expand(name) == [name]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("my photos/it's.jpg", "it-s"),
        ("/x/IMG_1.JPG", "IMG_1"),
        ("(1).jpg", "1"),
        ("é.jpg", "e"),
        ("index.html.jpg", "photo-index.html"),
        ("https://h/files/My%20cup.jpg?token=5ecre7&w=8#x", "My-cup"),
        ("https://alice:hunter2@h.example/", "h"),
        ("skimage:coffee", "coffee"),
        (f"{'x' * 300}.jpg", "x"),
    ],
)
def test_images_are_named_by_their_files(source, name):
    assert image_names([source]) == {source: name}


def test_several_photos_have_a_front_page_and_a_config_of_their_own(tmp_path, monkeypatch, capsys):
    commands = []

    def run(command, **_options):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(photo, "STUDIES", tmp_path / "studies")
    monkeypatch.setattr(photo.subprocess, "run", run)
    monkeypatch.setattr(
        sys, "argv", ["photo.py", "my photos/*.jpg b c.jpg", "https://h/cup.jpg?token=5ecre7", f"{tmp_path}/a.jpg"]
    )
    assert photo.main() == 0
    assert capsys.readouterr().out == "studies/results/index.html\n"
    config = read(tmp_path / "studies/config/config.yaml").values
    assert {name: entry["source"] for name, entry in config["images"].items()} == {
        "B": "../my photos/B.JPG",
        "it-s": "../my photos/it's.jpg",
        "b-c": "../b c.jpg",
        "cup": "https://h/cup.jpg?token=5ecre7",
        "a": f"{tmp_path}/a.jpg",
    }
    (command,) = commands
    assert command[command.index("--directory") + 1] == str(tmp_path / "studies")
    assert "5ecre7" not in " ".join(command)


def test_where_there_is_no_room_the_former_config_stays(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(photo, "STUDIES", tmp_path / "studies")
    photo.study(["a.jpg"], tmp_path / "studies")
    before = (tmp_path / "studies/config/config.yaml").read_bytes()
    monkeypatch.setattr(sys, "argv", ["photo.py", "b c.jpg"])
    with no_room(10):
        assert photo.main() == 1
    said = capsys.readouterr().err
    assert said == "studies can't be written to: File too large; make room, or correct its permissions\n"
    assert (tmp_path / "studies/config/config.yaml").read_bytes() == before
    assert os.listdir(tmp_path / "studies/config") == ["config.yaml"]


@pytest.mark.parametrize("missing", [True, False])
def test_a_quantizer_that_is_not_installed_is_left_out(tmp_path, monkeypatch, missing):
    monkeypatch.setattr("photopalette.palettes.quantizers.installed", lambda package: None if missing else "1")
    photo.study(["a.jpg"], tmp_path)
    schema = read_schema(Path(photo.ROOT, "workflow/schemas/config.schema.yaml"))
    settings = resolve(read(tmp_path / "config/config.yaml").values, schema)["a"]
    assert set(QUANTIZERS) - set(settings["compare"]["methods"]) == ({"imagequant"} if missing else set())


def test_files_of_the_same_name_are_kept_apart():
    names = image_names(["x/cup.jpg", "y/Cup.png", "z/tea.jpg"])
    assert names["z/tea.jpg"] == "tea"
    assert len({name.casefold() for name in names.values()}) == 3
    assert image_names(["y/Cup.png", "x/cup.jpg"])["x/cup.jpg"] == names["x/cup.jpg"]
