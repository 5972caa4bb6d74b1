"""Write the front page: a card for each image that links to its explorer."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PIL import Image

from photopalette.color.table import hex_codes
from photopalette.files.pictures import open_picture
from photopalette.files.tables import read_rows
from photopalette.pages.html import (
    TEMPLATES,
    default_k,
    embed_script,
    encode,
    headline,
    icon,
    mean_delta_e,
    pictures_by_k,
    shape,
    templates,
)
from photopalette.pictures.indexed import count_pixels, read_indexed, shrink
from photopalette.pictures.sheet import Place, read_places
from photopalette.quality.targets import judged_by, level_of
from photopalette.run.job import run

_PHOTO, _TILE = 480, 120  # pixels on the longer side of a card's photograph and of its small pictures, at most
_ALONE = 1600  # pixels on the longer side of the photograph on the only card
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


def right_halves(places: Iterable[Place], width: int, height: int) -> str:
    """Write the right halves of the photos on a sheet of so many pixels as a shape for ``clip-path``."""
    corners = []
    for left, top, wide, high in places:
        begin, end = ((100 * (left + part * wide) / width) for part in (0.5, 1))
        upper, lower = 100 * top / height, 100 * (top + high) / height
        box = [(begin, upper), (end, upper), (end, lower), (begin, lower), (begin, upper)]
        # The way to a box and back encloses nothing.
        corners += [(0, 0), *box, (0, 0)]
    return f"polygon({', '.join(f'{x:.4g}% {y:.4g}%' for x, y in corners)})"


def card(
    image: str, title: str, folder: Path, n_clusters: Sequence[int], explorer: bool, limit: int = _PHOTO
) -> dict[str, Any]:
    """Gather what the card of an image shows, with its links.

    Parameters
    ----------
    image, title
        Name of its folder, and what readers call it.
    folder
        Its results.
    n_clusters
        The k that were studied.
    explorer
        Whether there is a page to link to; if not, the links lead to pictures.
    limit
        Pixels on the longer side of the photograph, at most.
    """
    recommendation = json.loads((folder / "recommendation.json").read_text(encoding="utf-8"))
    pictures = pictures_by_k(recommendation, n_clusters)
    n_clusters = list(pictures)
    first = default_k(recommendation, n_clusters)
    colors, indices = read_indexed(folder / pictures[first])
    shares = count_pixels(indices, len(colors)) / indices.size
    asked = recommendation["target"]["asked"]
    with open_picture(folder / "resized.png") as photo:
        width, height = photo.size
        places = read_places(photo)
    links = {k: f"explorer.html#k={k}" if explorer else picture for k, picture in pictures.items()}
    return {
        "image": image,
        "title": title,
        "link": f"{quote(image)}/{links[first]}",
        "headline": headline(recommendation),
        "first": first,
        "palette": list(zip(hex_codes(colors), shares.tolist(), strict=True)),
        "bytes": (folder / pictures[first]).stat().st_size,
        "delta_e": mean_delta_e(recommendation, read_rows(folder / "scores.csv"), first),
        "photo": thumbnail(folder / "resized.png", limit),
        "answer": thumbnail(folder / pictures[first], limit),
        "prices": [
            (f"{level_of(price['asked']):g}", price["meaning"], price["k"], price["asked"] == asked)
            for price in recommendation["prices"]
            if price["meaning"]
        ],
        "seen": judged_by(recommendation["prices"])[0] == "delta_e_seen_mean",
        "most": recommendation["answer"]["most"] if recommendation["answer"] else None,
        "width": width,
        "height": height,
        "shape": shape(width, height),
        "whole": bool(shape(width, height)),
        "halves": right_halves(places.values(), width, height) if len(places) > 1 else None,
        "tiles": [
            (k, f"{quote(image)}/{links[k]}", thumbnail(folder / pictures[k], _TILE))
            for k in choose_tiles(n_clusters, first)
        ],
    }


def page(
    cards: Sequence[Mapping[str, Any]],
    faults: Mapping[str, str],
    paths: Sequence[str | Path],
    overview: str | None = None,
    share: str | None = None,
) -> str:
    """Write the page.

    Parameters
    ----------
    cards
        See :func:`card`.
    faults
        Why images have no card, by their titles.
    paths
        Templates and program.
    overview
        URL of overview.png.
    share
        Path of the picture that a link to the page shows.
    """
    environment = templates(paths)
    script, script_hash = embed_script(environment.loader.mapping["gallery.js"])
    return environment.get_template("gallery.html").render(
        cards=cards,
        faults=faults,
        icon=icon([code for code, _ in cards[0]["palette"]]),
        overview=overview,
        share=share,
        script=script,
        script_hash=script_hash,
    )


def main(snakemake: Any) -> None:
    params = snakemake.params
    images, titles, figures = params.images, params.titles, params.figures
    cards = [
        card(
            image,
            titles[image],
            Path(resized).parent,
            n_clusters,
            figures[image]["explorer"],
            _ALONE if len(images) == 1 else _PHOTO,
        )
        for (image, n_clusters), resized in zip(images.items(), snakemake.input.resized, strict=True)
    ]
    faults = {titles[image]: fault for image, fault in params.faults.items()}
    overview = f"data:image/png;base64,{encode(Path(snakemake.input.overview).read_bytes())}"
    share = next((f"{quote(image)}/card.png" for image in images if figures[image]["card"]), None)
    html = page(cards, faults, sorted(TEMPLATES.glob("*.*")), overview, share)
    Path(snakemake.output[0]).write_text(html, encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
