"""Helper functions of the rules: digests of code, parts of the settings, lists of files."""

import functools
import re
from pathlib import Path

from photopalette.palettes.formats import FORMATS
from photopalette.palettes.quantizers import FEW
from photopalette.photo.fetch import version
from photopalette.photo.sources import is_palette_file, local_fault, path_of, size_and_time, sources
from photopalette.run.secrets import is_local

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"


wildcard_constraints:
    image=NAME,
    k=r"[1-9][0-9]*",
    stock=NAME,
    # Those that the config gives, or else none.
    palette="|".join(sorted({re.escape(name) for image in IMAGES.values() for name in image["palettes"]})) or "(?!)",


def code(*files):
    """Return the digest of a rule's script, of the modules it imports and of other files it reads."""
    return digest(files, place)


def templates(*names):
    """Return the paths of a page's templates."""
    return [f"templates/{name}" for name in ("base.html", "base.css", *names)]


def named(image, key, stock=None):
    """List the files that an image's settings name under a key: source, mask, palettes or stock (all, or one of it)."""
    settings = IMAGES[image]
    match key:
        case "source":
            return sources(settings)
        case "stock":
            all_colors = (one["colors"] for name, one in settings["stock"].items() if stock in (None, name))
            return list(filter(is_palette_file, all_colors))
        case "palettes":
            names = settings["palettes"].values()
        case _:
            names = [settings[key]]
    return [name for name in names if isinstance(name, str)]


def is_followed(path):
    """Tell whether a file can be an input of a rule; Snakemake takes braces in its name for wildcards."""
    return is_local(path) and not re.search(r"[{}<>]", path_of(path))


def local_files(image, key, stock=None):
    """List the files that Snakemake has to bring from the bucket, with a default storage.

    Files on this machine are read where they are, and are not inputs: Snakemake would add a module's prefix to their
    paths, would not notice that one was replaced by an older file, and would fail if one was from the future. Rules
    have their `file_times` as a parameter instead. In a dry run, files that can't be read are listed, so that it fails
    as the run would.
    """
    paths = filter(is_followed, named(image, key, stock))
    if BUCKET:
        return [path_of(path) for path in paths]
    return [local(path_of(path)) for path in paths if internals.is_dry_run(workflow) and local_fault(path)]


def file_times(image, key, stock=None):
    """Return the size and time of each file that is read where it is; they change when it is replaced."""
    paths = [path for path in named(image, key, stock) if is_local(path) and not (BUCKET and is_followed(path))]
    return list(map(size_and_time, paths))


@functools.cache
def other_files():
    """List the masks, palettes and stocks that Snakemake has to bring from the bucket."""
    return sorted(
        {path for image in IMAGES for key in ("mask", "palettes", "stock") for path in local_files(image, key)}
    )


@functools.cache
def url_version(image):
    """Return the version of the file at a URL, as other secrets in the URL may lead to another file."""
    raw, record = Path(RAW, image), Path(VERSIONS, image)
    if image in URLS and internals.is_main(workflow):
        return version(URLS[image], raw, record, IMAGES[image]["download"], save=not internals.runs_no_jobs(workflow))


def grow(amount):
    """Request an amount of a resource that doubles with every retry, as a cluster may have killed the job for it."""
    return lambda wildcards, attempt: amount * 2 ** (attempt - 1)


def setting(key):
    """Return a function for one section of an image's settings, so that other keys rerun nothing."""
    return lambda wildcards: IMAGES[wildcards.image][key]


def sections(*keys):
    """Return a function for several sections of an image's settings."""
    return lambda wildcards: {key: IMAGES[wildcards.image][key] for key in keys}


def mask_settings(wildcards):
    """Return what brings an image's mask to the studied size, so that without one, none of these reruns anything."""
    keys = ("mask", "allow_truncated", "max_megapixels", "crop", "resize")
    return sections(*keys)(wildcards) if IMAGES[wildcards.image]["mask"] else None


def title(wildcards):
    """Return what readers call an image, for the report, in which Snakemake would take braces for wildcards."""
    return TITLES[wildcards.image].replace("{", "{\N{WORD JOINER}")


def padded(k):
    """Write k for the report, which sorts as text: with spaces as wide as digits in front."""
    return str(k).rjust(3, "\N{FIGURE SPACE}")


def labels(figure):
    """Return a function for the labels of a figure of one k in the report."""
    return lambda wildcards: {"k": padded(wildcards.k), "figure": figure}


def per_k(pattern):
    """Return a function for an image's files of all k."""
    return lambda wildcards: expand(pattern, image=wildcards.image, k=IMAGES[wildcards.image]["n_clusters"])


def dithered(image):
    """List an image's pictures if they are dithered."""
    plain = IMAGES[image]["reconstruct"]["dither"] == "none"
    return [] if plain else [f"results/{image}/k{k}/reconstructed.png" for k in IMAGES[image]["n_clusters"]]


def is_compared(image):
    """Tell whether an image is compared with other quantizers or palettes."""
    return bool(IMAGES[image]["compare"]["methods"] or any(IMAGES[image]["palettes"].values()))


def is_compared_at_few(image):
    """Tell whether other quantizers are run at some of an image's k alone, which depend on the answer."""
    compared, n_clusters = IMAGES[image]["compare"], IMAGES[image]["n_clusters"]
    return bool(compared["methods"]) and compared["n_clusters"] == "few" and len(n_clusters) > FEW


def pictures(image):
    """List the pictures from which a page or card shows one first: those of all k, and the answer's."""
    paths = [f"results/{image}/k{k}/reconstructed.png" for k in IMAGES[image]["n_clusters"]]
    return [*paths, *answer(image, "reconstructed.png")]


def comparison(image):
    """List the table and the pictures of other quantizers if the config asks for any."""
    return [f"results/{image}/comparison.{suffix}" for suffix in ("csv", "zip")] if is_compared(image) else []


def answer(image, *names):
    """List files of an image's answer if the config has a target."""
    return [f"results/{image}/answer/{name}" for name in names] if IMAGES[image]["target"] else []


def stocks(image, *names):
    """List files of an image's stocks, in the order of the config."""
    return [f"results/{image}/stock/{stock}/{name}" for stock in IMAGES[image]["stock"] for name in names]


def photos(image):
    """List the pictures of the photos in a set, relative to its folder."""
    names = ("resized", *(f"k{k}" for k in IMAGES[image]["n_clusters"]))
    return [f"photos/{photo}/{name}.png" for photo in IMAGES[image]["photos"] for name in names]


def photo_scores(image):
    """List the table of the photos in a set."""
    return [f"results/{image}/photos.csv"] if IMAGES[image]["together"] else []


def has_scatter(image):
    """Tell whether the config asks for an image's scatter figures, which need a browser."""
    return IMAGES[image]["figures"]["scatter"] and IMAGES[image]["scatter"]["static"]


def artefacts(image):
    """List the files that an image's settings ask for, relative to its folder."""
    settings = IMAGES[image]
    figures, n_clusters = settings["figures"], settings["n_clusters"]
    yield from ("scores.csv", "recommendation.json")
    if settings["target"]:
        yield from ("answer/search.json", "answer/stops.zip", "answer/reconstructed.png")
        yield from (f"answer/palette.{suffix}" for suffix in (*FORMATS, "png"))
    for stock in settings["stock"]:
        yield from (f"stock/{stock}/{name}" for name in ("choices.csv", "answer.json", "stops.zip", "colors.csv"))
        yield from (f"stock/{stock}/{name}.png" for name in ("reconstructed", "curve", "palette"))
        yield from (f"stock/{stock}/palette.{suffix}" for suffix in FORMATS)
    if figures["curves"]:
        yield from ("inertia.png", "silhouette.png", "quality.png")
    if figures["montage"]:
        yield "montage.png"
    if figures["card"]:
        yield "card.png"
    if figures["explorer"]:
        yield "explorer.html"
    if figures["error"]:
        yield from (f"k{k}/error.png" for k in n_clusters)
    if figures["silhouette"]:
        yield from (f"k{k}/silhouette.png" for k in n_clusters)
    if has_scatter(image):
        yield from ("scatter.png", *(f"k{k}/scatter.png" for k in n_clusters))
    if settings["together"]:
        yield from ("photos.csv", *photos(image))
    yield from (f"palettes/{name}.png" for name, palette in settings["palettes"].items() if palette is not None)
    if is_compared(image):
        yield from ("comparison.csv", "comparison.zip", "comparison.png")


def files(image):
    """List every file of an image, the artefacts and the intermediate ones, relative to its folder."""
    yield from artefacts(image)
    yield from (
        "resized.png",
        "pixels.npz",
        "silhouette.csv",
        "silhouettes.npz",
        "certificates.csv",
        "certificates.npz",
    )
    for k in IMAGES[image]["n_clusters"]:
        yield from (f"k{k}/{name}" for name in ("clusters.npz", "restarts.csv", "reconstructed.png"))
        yield from (f"k{k}/palette.{suffix}" for suffix in (*FORMATS, "png"))


def rules_per_n_clusters(name):
    """Yield a rule name, k and a pattern of images for each list of k in use.

    A rule with an output per k needs a fixed list of k, so that there is one rule for each list.
    """
    groups = {}
    for image, settings in IMAGES.items():
        groups.setdefault(tuple(settings["n_clusters"]), []).append(re.escape(image))
    for number, (n_clusters, images) in enumerate(groups.items(), start=1):
        # A pattern of a thousand names is slow to match, and not needed if all images have the same k.
        pattern = "|".join(images) if len(groups) > 1 else NAME
        yield name if number == 1 else f"{name}_{number}", n_clusters, pattern
