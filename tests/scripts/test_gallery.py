"""The front page has a card per image, small and in order, and shows hostile names as text."""

import base64
import io
import json
import re
import shutil
from types import SimpleNamespace
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image, ImageDraw

from gallery import card, choose_tiles, main, page, thumbnail
from pages import HOSTILE, TEMPLATES, Reader, recommendation
from photopalette.pictures.sheet import lay_out, note

PATHS = [TEMPLATES / name for name in ("base.html", "base.css", "gallery.html", "gallery.css", "gallery.js")]


def sample(image="photo"):
    return {
        "image": image,
        "title": image,
        "link": f"{quote(image)}/explorer.html#k=4",
        "headline": f"4 colours suit {image}.",
        "first": 4,
        "palette": [("#112233", 0.7), ("#445566", 0.3)],
        "photo": "data:image/jpeg;base64,",
        "answer": "data:image/png;base64,",
        "prices": [("5", "looks right on its own", 4, True), ("2", "takes a close look", None, False)],
        "most": 256,
        "bytes": 8614,
        "delta_e": 4.5,
        "shape": "",
        "width": 30,
        "height": 20,
        "whole": False,
        "tiles": [(k, f"{quote(image)}/explorer.html#k={k}", "data:image/png;base64,") for k in (2, 4)],
    }


@pytest.fixture
def results(tmp_path, coffee):
    """An image's folder, as far as its card reads it."""
    photo = Image.fromarray(coffee)
    photo.save(tmp_path / "resized.png")
    (tmp_path / "recommendation.json").write_text(json.dumps(recommendation(elbow=3)))
    (tmp_path / "scores.csv").write_text("k,delta_e_mean\n2,9.5\n3,7.25\n5,5.5\n")
    for k in (2, 3, 5):
        (tmp_path / f"k{k}").mkdir()
        photo.quantize(k).save(tmp_path / f"k{k}/reconstructed.png")
    return tmp_path


def test_a_card_shows_the_recommended_k(results):
    shown = card("photo", "photo", results, [2, 3, 5], explorer=True)
    assert (shown["first"], shown["headline"]) == (3, "3 colours do most of the work.")
    picture = Image.open(results / "k3/reconstructed.png").convert("RGB")
    pixels = picture.width * picture.height
    shares = {f"#{r:02x}{g:02x}{b:02x}": count / pixels for count, (r, g, b) in picture.getcolors()}
    assert dict(shown["palette"]) == pytest.approx(shares)
    assert [(k, link) for k, link, _ in shown["tiles"]] == [(k, f"photo/explorer.html#k={k}") for k in (2, 3, 5)]


@pytest.mark.parametrize(
    ("size", "whole"),
    [((96, 64), False), ((64, 96), False), ((96, 50), False), ((50, 96), True), ((96, 40), True), ((24, 96), True)],
)
def test_panoramas_and_narrow_portraits_are_shown_whole(results, size, whole):
    Image.open(results / "resized.png").resize(size).save(results / "resized.png")
    shown = card("photo", "photo", results, [2, 3, 5], explorer=True)
    html = page([shown], {}, PATHS)
    assert html.count('class="whole"') == (5 if whole else 0)


@pytest.mark.parametrize("most", [256, 255, 200])
def test_a_card_leads_with_the_answer_and_its_price(results, most):
    Image.open(results / "resized.png").quantize(12).save(results / "k5/reconstructed.png")
    (results / "answer").mkdir()
    (results / "k5/reconstructed.png").rename(results / "answer/reconstructed.png")
    given = recommendation(target=12, asked={"delta_e_mean": 5}) | {
        "answer": {"k": 12, "most": most, "lost": {"hues": []}}
    }
    given["prices"] = [
        {"asked": {"delta_e_mean": 5}, "meaning": "looks right on its own", "k": 12},
        {"asked": {"delta_e_mean": 2}, "meaning": "takes a close look to tell apart", "k": None},
    ]
    (results / "recommendation.json").write_text(json.dumps(given))
    shown = card("photo", "photo", results, [2, 3], explorer=True)
    assert (shown["first"], shown["link"], len(shown["palette"])) == (12, "photo/explorer.html#k=12", 12)
    assert [k for k, _, _ in shown["tiles"]] == [2, 3, 12]
    assert shown["prices"] == [
        ("5", "looks right on its own", 12, True),
        ("2", "takes a close look to tell apart", None, False),
    ]
    reader = Reader(page([shown], {}, PATHS))
    assert reader.text.split().count("12") >= 2
    assert f"> {most}" in reader.text
    assert "Mean ΔE, at most" in reader.text
    assert shown["delta_e"] == 4.0
    given["prices"] = [{**price, "asked": {"delta_e_seen_mean": 5}} for price in given["prices"]]
    given["tried"][0]["delta_e_seen_mean"] = 2.5
    (results / "recommendation.json").write_text(json.dumps(given))
    assert (
        "Mean ΔE as seen, at most"
        in Reader(page([card("photo", "photo", results, [2, 3], explorer=True)], {}, PATHS)).text
    )
    assert card("photo", "photo", results, [2, 3], explorer=True)["delta_e"] == 2.5
    assert [link for _, link, _ in card("photo", "photo", results, [2], explorer=False)["tiles"]][1] == (
        "photo/answer/reconstructed.png"
    )


def test_of_a_set_each_photo_is_shown_in_halves(results):
    photos = {name: Image.new("RGB", size) for name, size in {"a": (40, 20), "b": (20, 40), "c": (30, 30)}.items()}
    sheet, places = lay_out(photos)
    sheet.save(results / "resized.png", pnginfo=note(places))
    (shape,) = re.findall(r"--halves: polygon\(([^)]+)\)", page([card("set", "set", results, [2], True)], {}, PATHS))
    corners = [tuple(float(part) for part in corner.replace("%", "").split()) for corner in shape.split(",")]
    shown = Image.new("1", sheet.size)
    ImageDraw.Draw(shown).polygon([(x * sheet.width / 100, y * sheet.height / 100) for x, y in corners], fill=1)
    for left, top, width, height in places.values():
        halves = np.asarray(shown)[top + 2 : top + height - 2, left + 2 : left + width - 2]
        middle = width // 2 - 2
        assert halves[:, middle + 2 :].all()
        assert not halves[:, : middle - 2].any()


def test_every_image_has_its_card_from_its_own_folder(results, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    for name in ("b", "a"):
        shutil.copytree(results, folder / name)
    shutil.rmtree(folder / "a/k2")
    job = SimpleNamespace(
        input=SimpleNamespace(
            resized=[folder / f"{name}/resized.png" for name in ("b", "a")], overview=folder / "a/resized.png"
        ),
        params=SimpleNamespace(
            images={"b": [2, 3], "a": [3, 5]},
            titles={"a": "Ärmel", "b": "Bär", "gone": "Öl"},
            figures={"a": {"explorer": True, "card": True}, "b": {"explorer": False, "card": False}},
            faults={"gone": "there is none"},
        ),
        output=[folder / "index.html"],
    )
    main(job)
    html = (folder / "index.html").read_text(encoding="utf-8")
    links = [value for name, value in Reader(html).attributes if name == "href" and "/" in value and ":" not in value]
    assert links == [
        *(f"b/k{k}/reconstructed.png" for k in (3, 2, 3)),
        *(f"a/explorer.html#k={k}" for k in (3, 3, 5)),
    ]
    text = Reader(html).text
    assert "1 photograph could not be studied" in text
    assert all(title in text for title in ("Ärmel", "Bär", "Öl"))
    assert ("content", "a/card.png") in Reader(html).attributes
    assert base64.b64encode((folder / "a/resized.png").read_bytes()).decode() in html


def test_without_an_explorer_a_card_leads_to_the_pictures(results):
    shown = card("a photo", "a photo", results, [2, 3, 5], explorer=False)
    assert shown["link"] == "a%20photo/k3/reconstructed.png"
    assert [link for _, link, _ in shown["tiles"]] == [f"a%20photo/k{k}/reconstructed.png" for k in (2, 3, 5)]


@pytest.mark.parametrize(
    ("n_clusters", "first", "chosen"),
    [
        ([3], 3, [3]),
        ([2, 3], 3, [2, 3]),
        (list(range(2, 11)), 4, [2, 4, 7, 10]),
        ([2, 4, 8, 16, 32, 64], 8, [2, 4, 8, 64]),
        (list(range(1, 257)), 256, [1, 128, 192, 256]),
    ],
)
def test_tiles_span_the_range(n_clusters, first, chosen):
    tiles = choose_tiles(n_clusters, first)
    assert len(tiles) == min(4, len(n_clusters))
    assert {n_clusters[0], n_clusters[-1], first} <= set(tiles)
    assert tiles == chosen


def test_cards_come_in_the_given_order_and_lead_to_their_explorers():
    reader = Reader(page([sample("b"), sample("a")], {}, PATHS))
    links = [value for name, value in reader.attributes if name == "href" and "explorer" in value]
    assert links == [f"{image}/explorer.html#k={k}" for image in "ba" for k in (4, 2, 4)]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_show_as_text(name):
    plain, hostile = (Reader(page([sample(image)], {}, PATHS)) for image in ("photo", name))
    assert hostile.tags == plain.tags
    assert [attribute for attribute, _ in hostile.attributes] == [attribute for attribute, _ in plain.attributes]
    assert hostile.text.count(name) >= 2
    assert hostile.scripts == plain.scripts


def test_two_hundred_images_load_lazily_and_stay_small(results):
    cards = [card("photo", "photo", results, [2, 3, 5], explorer=True)] * 200
    html = page(cards, {}, PATHS)
    assert len(html) < 200 * 40_000
    assert len(re.findall(r'<img [^>]*loading="lazy"', html)) == html.count("<img ") == 200 * 5
    assert page(cards, {}, PATHS) == html


def test_thumbnails_are_small_and_keep_palettes(results):
    kind, content = thumbnail(results / "resized.png", 48).split(",")
    assert kind == "data:image/jpeg;base64"
    assert Image.open(io.BytesIO(base64.b64decode(content))).size == (48, 32)
    kind, content = thumbnail(results / "k3/reconstructed.png", 48).split(",")
    small = Image.open(io.BytesIO(base64.b64decode(content)))
    original = Image.open(results / "k3/reconstructed.png")
    assert (kind, small.mode) == ("data:image/png;base64", "P")
    assert len(small.getcolors()) <= len(original.getcolors()) == 3


def test_photographs_without_a_card_are_named_with_the_reason():
    faults = {"broken": "trip/broken.jpg is <damaged>; get the file again", "gone": "there is no file gone.jpg"}
    html = page([sample("a")], faults, PATHS)
    assert "2 photographs could not be studied" in Reader(html).text
    for title in faults:
        assert f"<dt><bdi>{title}</bdi></dt>" in html
    assert "is &lt;damaged&gt;; get" in html
    assert "could not be studied" not in page([sample("a")], {}, PATHS)
