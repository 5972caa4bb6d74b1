"""What images are called: their folders in plain ASCII, the photos as their files are."""

import unicodedata

import pytest

from photopalette.config.names import image_names, image_titles, to_title
from photopalette.config.settings import ConfigError, expand_globs, resolve
from settings import SCHEMA


def test_image_names_may_be_as_long_as_folder_names():
    letters = "".join(map(str, range(100)))
    assert image_names([f"{letters}.jpg"]) == {f"{letters}.jpg": letters[:100]}
    assert image_names([f"{letters}.jpg"], "t") == {f"{letters}.jpg": f"t-{letters}"[:100]}
    twins = image_names([f"{letters}.jpg", f"{letters}.png", "x.jpg"])
    assert len(set(twins.values())) == 3
    assert {len(name) for source, name in twins.items() if source != "x.jpg"} == {100}
    assert twins["x.jpg"] == "x"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Übersicht Tänzerin.jpg", "trip-Ubersicht-Tanzerin"),
        (unicodedata.normalize("NFD", "Übersicht Tänzerin.jpg"), "trip-Ubersicht-Tanzerin"),
        ("Straße nach Łódź, Øresund & Ærø.png", "trip-Strasse-nach-Lodz-Oresund-AEro"),
        ("İstanbul ığüşöç.jpg", "trip-Istanbul-igusoc"),
        ("ﬁne № ５.jpg", "trip-fine-No-5"),
        ("東京 2024.jpg", "trip-2024"),
        ("صورة.jpg", "trip-photo"),
        ("🌅.jpg", "trip-photo"),
        ("<img src=x onerror=alert(1)>.jpg", "trip--img-src-x-onerror-alert-1-"),
        ("--plain_ASCII (1).JPG", "trip---plain_ASCII-1-"),
    ],
)
def test_folders_have_the_letters_that_ascii_has(file, name):
    assert image_names([f"photos/{file}"], "trip") == {f"photos/{file}": name}


def test_files_that_ascii_can_not_tell_apart_have_folders_of_their_own():
    files = ["صورة.jpg", "写真.jpg", "Ä.jpg", "A.jpg", "Å.jpg", unicodedata.normalize("NFD", "Å.jpg")]
    names = image_names(files, "trip")
    assert len({name.casefold() for name in names.values()}) == len(files)
    assert all(name.isascii() for name in names.values())
    assert image_names(reversed(files), "trip") == names


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (unicodedata.normalize("NFD", "Tänzerin"), "Tänzerin"),
        (" two\n lines\t\x1b[31m ", "two lines [31m"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("صورة\u200fجميلة", "صورةجميلة"),
        ("می\u200cخواهم 👩\u200d🔬", "می\u200cخواهم 👩\u200d🔬"),
        ("\ud800x", "x"),
        ("<b>$x$</b>", "<b>$x$</b>"),
    ],
)
def test_a_title_is_one_line_of_what_can_be_printed(text, title):
    assert to_title(text) == title


def test_titles_are_the_files_own_names_and_tell_them_apart():
    sources = {
        "t-a": "2023/a.jpg",
        "t-b-1": "2023/b.jpg",
        "t-b-2": "2024/b.jpg",
        "t-c-1": "c.jpg",
        "t-c-2": "c.png",
        "t-d": "d.jpg",
        "cup": "https://h.example/f/My%20cup.jpg?token=5ecre7",
        "coffee": "skimage:coffee",
        "odd": "\x01.jpg",
    }
    assert image_titles(sources, ["D"]) == {
        "t-a": "a",
        "t-b-1": "2023/b.jpg",
        "t-b-2": "2024/b.jpg",
        "t-c-1": "c.jpg",
        "t-c-2": "c.png",
        "t-d": "d.jpg",
        "cup": "My cup",
        "coffee": "coffee",
        "odd": "odd",
    }
    twice = image_titles({"x-a": "a.jpg", "y-a": "a.jpg"})
    assert twice == {"x-a": "a (x-a)", "y-a": "a (y-a)"}


@pytest.mark.usefixtures("in_folder")
def test_the_config_may_give_a_title(tmp_path):
    for name in ("é.jpg", "cup.jpg"):
        (tmp_path / name).touch()

    def titles(**images):
        return {name: image["title"] for name, image in expand_globs(resolve({"images": images}, SCHEMA)).items()}

    assert titles(a={"source": "cup.jpg"}, b={"source": "x.jpg", "title": "The  cup\n"}) == {"a": "a", "b": "The cup"}
    # A title that is taken is not given to a file.
    assert titles(t={"source": "*.jpg"}, b={"source": "x.jpg", "title": "É"}) == {
        "t-cup": "cup",
        "t-e": "é.jpg",
        "b": "É",
    }
    with pytest.raises(ConfigError, match=r"images.t.title: one title can't tell the files of .* apart; remove it"):
        titles(t={"source": "*.jpg", "title": "Trip"})
    with pytest.raises(ConfigError, match=r"images.t.title: is empty, or nothing in it can be printed; remove it"):
        titles(t={"source": "cup.jpg", "title": "\u202e \n"})
