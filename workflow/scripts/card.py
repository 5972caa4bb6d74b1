"""Draw a card to share: the photo and its picture in few colours, their palette and number."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from photopalette.color.table import bytes_text, count_colors
from photopalette.figures.canvas import DPI, GREY, INK, Canvas
from photopalette.figures.titles import fit, name_in_figures
from photopalette.files.pictures import open_picture
from photopalette.files.tables import read_rows
from photopalette.pages.html import default_k, mean_delta_e, pictures_by_k
from photopalette.pictures.indexed import count_pixels, on_checkerboard, palette_and_indices
from photopalette.pictures.sheet import read_places
from photopalette.quality.targets import judged_by
from photopalette.run.job import run

_SIZE = (1200, 630)  # pixels, as social networks show it
_PICTURE, _STRIP = 420, 50  # pixels in height
_CUT, _LINE, _MARGIN = 4, 2, 48  # pixels between the two pictures, around the palette, at the sides of the words
_AROUND = 16  # pixels around a picture that is shown whole
_WIDE, _NARROW = 3.0, 0.5  # width over height beyond which a picture is shown whole
_SQUARE = 1.2  # width over height below which two pictures side by side show more than two halves of one
_PAPER, _EDGE = (245, 245, 245), (208, 208, 208)


def fill(image: Image.Image, width: int, height: int, is_sheet: bool = False) -> np.ndarray:
    """Fill a box with the middle of an image, or put it there whole if it is too wide or narrow for that, or a sheet.

    Returns
    -------
    (height, width, 3) uint8
        What is transparent shows a checkerboard, or between the photos of a sheet what is around it.
    """
    # A picture in few colours gets no others by being enlarged.
    is_enlarged = image.mode == "P" and max(width / image.width, height / image.height) > 1
    resample = Image.Resampling.NEAREST if is_enlarged else Image.Resampling.LANCZOS
    image = image.convert("RGBA")
    if _NARROW < image.width / image.height < _WIDE and not is_sheet:
        # Heads are in the upper half of a portrait.
        image = ImageOps.fit(image, (width, height), resample, centering=(0.5, 0.25))
        return on_checkerboard(np.asarray(image))
    image = ImageOps.contain(image, (width - 2 * _AROUND, height - 2 * _AROUND), resample)
    box = Image.new("RGB", (width, height), _PAPER)
    shown, mask = (image, image) if is_sheet else (Image.fromarray(on_checkerboard(np.asarray(image))), None)
    box.paste(shown, ((width - image.width) // 2, (height - image.height) // 2), mask)
    return np.asarray(box)


def beside(photo: Image.Image, picture: Image.Image, is_sheet: bool = False) -> np.ndarray:
    """Show a photo and its picture: halves of one view, or both, side by side or one above the other."""
    width, half = _SIZE[0], (_SIZE[0] - _CUT) // 2
    aspect = photo.width / photo.height
    if aspect >= _WIDE:
        height = (_PICTURE - _CUT) // 2
        return np.vstack(
            [
                fill(photo, width, height, is_sheet),
                np.full((_CUT, width, 3), 255, np.uint8),
                fill(picture, width, height, is_sheet),
            ]
        )
    if aspect >= _SQUARE and not is_sheet:
        left, right = fill(photo, width, _PICTURE)[:, :half], fill(picture, width, _PICTURE)[:, -half:]
    else:
        left, right = fill(photo, half, _PICTURE, is_sheet), fill(picture, half, _PICTURE, is_sheet)
    return np.hstack([left, np.full((_PICTURE, _CUT, 3), 255, np.uint8), right])


def strip(palette: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Draw colours, (k, 3) uint8, in widths by their pixels, (k,) int, between two lines, as white has no edge."""
    edges = np.rint(np.cumsum(pixels) / pixels.sum() * _SIZE[0]).astype(int)
    row = palette[np.searchsorted(edges, np.arange(_SIZE[0]), side="right")]
    drawn = np.broadcast_to(row, (_STRIP, *row.shape)).copy()
    drawn[:_LINE] = drawn[-_LINE:] = _EDGE
    return drawn


def draw(photo: Image.Image, picture: Image.Image, title: str, note: str, is_sheet: bool = False) -> Canvas:
    """Draw the card.

    Parameters
    ----------
    photo
        The photograph, of mode RGB or RGBA.
    picture
        An indexed image of it.
    title
        What to call the photograph.
    note
        What to say beside the number of colours.
    is_sheet
        Whether it is a sheet of several photographs.
    """
    palette, indices = palette_and_indices(picture)
    pixels = count_pixels(indices, len(palette))
    width, height = _SIZE
    canvas = Canvas(width, height)
    canvas.place(beside(photo, picture, is_sheet), 0, 0)
    canvas.place(strip(palette, pixels), 0, _PICTURE)
    count = canvas.write(count_colors(len(palette)), _MARGIN, height - 62, 24, bold=True)
    room = (width - _MARGIN - count.box[2] - _MARGIN) / DPI
    for text, largest, baseline, color in ((title, 13, height - 94, INK), (note, 10.5, height - 46, GREY)):
        words, size = fit(text, room, largest)
        canvas.write(words, width - _MARGIN, baseline, size, color=color, align="right")
    return canvas


def main(snakemake: Any) -> None:
    source, params = snakemake.input, snakemake.params
    recommendation = json.loads(Path(source.recommendation).read_text(encoding="utf-8"))
    pictures = pictures_by_k(recommendation, params.n_clusters)
    k = default_k(recommendation, list(pictures))
    path = Path(source.resized).parent / pictures[k]
    with open_picture(source.resized) as photo, open_picture(path) as picture:
        difference = mean_delta_e(recommendation, read_rows(source.scores), k)
        seen = " as seen" if judged_by(recommendation["prices"])[0] == "delta_e_seen_mean" else ""
        note = f"{bytes_text(path.stat().st_size)}, mean ΔE {difference:.1f}{seen}"
        title = name_in_figures(params.title, snakemake.wildcards.image)
        draw(photo, picture, title, note, len(read_places(photo)) > 1).save(snakemake.output[0])


if __name__ == "__main__":
    run(main, snakemake)
