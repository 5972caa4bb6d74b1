"""Write the front page: a card for each image that links to its explorer."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PIL import Image

from photopalette.color.table import hex_codes
from photopalette.files.pictures import open_picture
from photopalette.pages.html import TEMPLATES, default_k, encode, headline, icon, shape, templates
from photopalette.pictures.indexed import count_pixels, read_indexed, shrink
from photopalette.run.job import run

_PHOTO, _TILE = 480, 120  # pixels on the longer side of a card's photograph and of its small pictures, at most
_TILES = 4  # small pictures on a card, at most


def thumbnail(path: str | Path, limit: int) -> str:
    """Shrink a picture, and encode it as a data URL.

    Parameters
    ----------
    path
        A PNG; an indexed one keeps its palette, any other becomes a JPEG.
    limit
        Pixels of the longer side, at most.
    """
    kind, content = shrink(open_picture(path), limit, Image.Resampling.BICUBIC, quality=82)
    return f"data:{kind};base64,{encode(content)}"


def choose_tiles(n_clusters: Sequence[int], first: int) -> list[int]:
    """Choose up to four k for the small pictures: both ends, `first`, and those furthest from the ones chosen."""
    chosen = {n_clusters[0], n_clusters[-1], first}
    rest = [k for k in n_clusters if k not in chosen]
    while rest and len(chosen) < _TILES:
        chosen.add(max(rest, key=lambda k: min(abs(n_clusters.index(k) - n_clusters.index(other)) for other in chosen)))
        rest = [k for k in rest if k not in chosen]
    return sorted(chosen)


def card(image: str, title: str, folder: Path, n_clusters: Sequence[int], explorer: bool) -> dict[str, Any]:
    """Gather what the card of an image shows under its title, with its links, from its folder of results."""
    recommendation = json.loads((folder / "recommendation.json").read_text(encoding="utf-8"))
    pictures = {k: f"k{k}/reconstructed.png" for k in n_clusters}
    if recommendation["answer"]:
        pictures.setdefault(recommendation["answer"]["k"], "answer/reconstructed.png")
    n_clusters = sorted(pictures)
    first = default_k(recommendation, n_clusters)
    colors, indices = read_indexed(folder / pictures[first])
    shares = count_pixels(indices, len(colors)) / indices.size
    asked = recommendation["target"]["asked"]
    with open_picture(folder / "resized.png") as photo:
        width, height = photo.size
    links = {k: f"explorer.html#k={k}" if explorer else picture for k, picture in pictures.items()}
    return {
        "image": image,
        "title": title,
        "link": f"{quote(image)}/{links[first]}",
        "headline": headline(recommendation),
        "first": first,
        "palette": list(zip(hex_codes(colors), shares.tolist(), strict=True)),
        "photo": thumbnail(folder / "resized.png", _PHOTO),
        "answer": thumbnail(folder / pictures[first], _PHOTO),
        "prices": [
            (f"{price['asked']['delta_e_mean']:g}", price["meaning"], price["k"], price["asked"] == asked)
            for price in recommendation["prices"]
            if price["meaning"]
        ],
        "most": recommendation["answer"]["most"] if recommendation["answer"] else None,
        "width": width,
        "height": height,
        "whole": bool(shape(width, height)),
        "tiles": [
            (k, f"{quote(image)}/{links[k]}", thumbnail(folder / pictures[k], _TILE))
            for k in choose_tiles(n_clusters, first)
        ],
    }


def page(cards: Sequence[Mapping[str, Any]], faults: Mapping[str, str], paths: Sequence[str | Path]) -> str:
    """Write the page from its cards, the faults of images that have none, and the templates."""
    return (
        templates(paths)
        .get_template("gallery.html")
        .render(cards=cards, faults=faults, icon=icon([code for code, _ in cards[0]["palette"]]))
    )


def main(snakemake: Any) -> None:
    images, titles = snakemake.params.images, snakemake.params.titles
    cards = [
        card(image, titles[image], Path(resized).parent, n_clusters, image in snakemake.params.explorers)
        for (image, n_clusters), resized in zip(images.items(), snakemake.input.resized, strict=True)
    ]
    Path(snakemake.output[0]).write_text(
        page(cards, {titles[image]: fault for image, fault in snakemake.params.faults.items()}, sorted(TEMPLATES.glob("*.*"))), encoding="utf-8"
    )


if __name__ == "__main__":
    run(main, snakemake)
