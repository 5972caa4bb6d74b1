"""What proves a run: its files' hashes, its sources, and the versions that made it."""

import hashlib
import json
import re
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from photopalette.config.settings import resolve
from pictures import encoded
from project import ROOT
from provenance import code_digest, main, other_files, provenance
from settings import SCHEMA
from verify import compare, numbers, repeatable


def test_record_names_sources_and_versions(tmp_path):
    (tmp_path / "raw").write_bytes(b"bytes")
    (tmp_path / "mask").write_bytes(b"mask")
    images = {"photo": {"source": "photo.jpg", "n_clusters": [2], "mask": "mask.png", "palettes": {"a": ["red"]}}}
    images["photo"]["stock"] = {}
    files = {"photo": str(tmp_path / "raw")}, {"mask.png": str(tmp_path / "mask")}
    record = json.loads(json.dumps(provenance(images, *files, {"b": "empty"}, None)))
    assert record["images"] == images
    assert record["faults"] == {"b": "empty"}
    assert record["sources"] == {
        "photo": {"source": "photo.jpg", "sha256": hashlib.sha256(b"bytes").hexdigest(), "bytes": 5}
    }
    assert record["others"] == {"mask.png": {"sha256": hashlib.sha256(b"mask").hexdigest(), "bytes": 4}}
    assert record["packages"].keys() >= {"numpy", "scikit-learn", "pillow", "plotly", "snakemake"}
    assert str(tmp_path) not in json.dumps(record)


def test_every_package_that_the_workflow_needs_is_recorded_unless_no_byte_depends_on_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.match(r"[\w-]+", requirement)[0] for requirement in project["dependencies"]}
    # They check the config, fetch files as they are, put what is given into a page, or are there for others.
    without = {"jsonschema", "kaleido", "markupsafe", "pandas", "pygments", "pyyaml", "requests", "urllib3"}
    assert needed - provenance({}, {}, {}, {}, None)["packages"].keys() == without


def test_a_package_that_is_not_installed_is_recorded_as_missing(monkeypatch):
    def version(name):
        if name == "imagequant":
            raise PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr("photopalette.run.packages.version", version)
    packages = provenance({}, {}, {}, {}, None)["packages"]
    assert [name for name, version in packages.items() if version is None] == ["imagequant"]


def test_a_run_leaves_its_record_and_its_sums(tmp_path, monkeypatch):
    """A mask is read from where Snakemake has put it, a palette that it can't follow from where it is."""
    results = tmp_path / "results"
    (results / "photo").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two", "put", "brand.gpl", "results/scores.csv", "results/photo/a.png"):
        Path(name).write_text(name)
    images = {
        "photo": {"source": "Café.jpg", "mask": "mask.png", "palettes": {"a": "brand.gpl"}, "stock": {}},
        "other": {"source": "other.jpg", "mask": None, "palettes": {}, "stock": {}},
    }
    job = SimpleNamespace(
        input=SimpleNamespace(
            raw=["one", "two"], others=["put"], results=["results/scores.csv", "results/photo/a.png"]
        ),
        output=SimpleNamespace(provenance="results/provenance.json", sums="results/SHA256SUMS"),
        params=SimpleNamespace(images=images, others=["mask.png"], faults={"b": "empty"}, browser=False),
    )
    main(job)
    text = (results / "provenance.json").read_text(encoding="utf-8")
    assert "Café" in text
    assert len(text.splitlines()) > 30, "one thing a line"
    record = json.loads(text)
    assert (list(record["images"]), record["faults"], record["browser"]) == (["photo", "other"], {"b": "empty"}, None)
    hashes = {name: hashlib.sha256(Path(name).read_bytes()).hexdigest() for name in ("one", "two", "put", "brand.gpl")}
    assert [source["sha256"] for source in record["sources"].values()] == [hashes["one"], hashes["two"]]
    others = {name: other["sha256"] for name, other in record["others"].items()}
    assert others == {"brand.gpl": hashes["brand.gpl"], "mask.png": hashes["put"]}
    assert (results / "SHA256SUMS").read_text() == "".join(
        f"{hashlib.sha256((results / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("photo/a.png", "scores.csv")
    )


def test_masks_palettes_and_stocks_are_named_once():
    images = {
        "a": {"mask": "m.png", "palettes": {"list": ["red"], "none": None, "file": "brand.gpl"}, "stock": {}},
        "b": {
            "mask": None,
            "palettes": {"again": "brand.gpl", "other": "art.hex"},
            "stock": {"own": {"colors": "threads.csv"}, "list": {"colors": ["red", "blue"]}},
        },
        "c": {"mask": "m.png", "palettes": {}, "stock": {"css": {"colors": "css"}, "again": {"colors": "threads.csv"}}},
    }
    assert other_files(images) == ["art.hex", "brand.gpl", "m.png", "threads.csv"]


def test_code_digest_sees_every_change(tmp_path):
    (tmp_path / "scripts").mkdir()
    module = tmp_path / "scripts/a.py"
    module.write_text("a = 1\n")
    digests = {code_digest(tmp_path)}
    module.write_text("a = 2\n")
    digests.add(code_digest(tmp_path))
    module.rename(tmp_path / "scripts/b.py")
    digests.add(code_digest(tmp_path))
    assert len(digests) == 3
    (tmp_path / "scripts/__pycache__").mkdir()
    (tmp_path / "scripts/__pycache__/b.pyc").touch()
    assert code_digest(tmp_path) in digests


@pytest.fixture
def folders(tmp_path):
    """Two results folders that agree, the first with its sums."""
    for name in ("first", "second"):
        (tmp_path / name / "photo/k2").mkdir(parents=True)
        (tmp_path / name / "scores.csv").write_text("k\n2\n")
        (tmp_path / name / "photo/k2/scatter.png").write_bytes(picture(0))
    lines = [
        f"{hashlib.sha256((tmp_path / 'first' / path).read_bytes()).hexdigest()}  {path}\n"
        for path in ("photo/k2/scatter.png", "scores.csv")
    ]
    (tmp_path / "first/SHA256SUMS").write_text("".join(lines))
    return tmp_path / "first", tmp_path / "second"


def picture(level):
    image = Image.radial_gradient("L").resize((64, 64))
    image.putpixel((0, 0), level)
    return encoded(image, "PNG")


def verdicts(folders, same_browser=True):
    return {name: paths for name, paths in compare(*folders, same_browser).items() if paths}


def test_equal_files_are_the_same(folders):
    assert verdicts(folders) == {"same": ["photo/k2/scatter.png", "scores.csv"]}


def test_another_browsers_picture_may_only_look_alike(folders):
    (folders[1] / "photo/k2/scatter.png").write_bytes(picture(9))
    assert verdicts(folders)["different"] == ["photo/k2/scatter.png"]
    assert verdicts(folders, same_browser=False)["alike"] == ["photo/k2/scatter.png"]
    Image.new("L", (64, 64)).save(folders[1] / "photo/k2/scatter.png")
    assert verdicts(folders, same_browser=False)["different"] == ["photo/k2/scatter.png"]


def test_tables_must_be_equal_whatever_the_browser(folders):
    (folders[1] / "scores.csv").write_text("k\n3\n")
    assert verdicts(folders, same_browser=False)["different"] == ["scores.csv"]


def test_tampering_and_loss_are_seen(folders):
    (folders[0] / "scores.csv").write_text("k\n9\n")
    (folders[1] / "photo/k2/scatter.png").unlink()
    assert verdicts(folders) == {"changed": ["scores.csv"], "missing": ["photo/k2/scatter.png"]}


def test_repeating_uses_full_paths_and_hashes(tmp_path):
    record = {
        "images": {"a": {"source": "data/a.jpg", "sha256": None}, "b": {"source": "skimage:coffee", "sha256": None}},
        "sources": {"a": {"sha256": "1" * 64}, "b": {"sha256": "2" * 64}},
    }
    images = repeatable(record, tmp_path)["images"]
    assert images["a"] == {"source": str(tmp_path / "data/a.jpg"), "sha256": "1" * 64}
    assert images["b"] == {"source": "skimage:coffee", "sha256": "2" * 64}


def test_a_default_target_that_was_turned_off_stays_off(tmp_path):
    """The record has what is asked for alone, and what it lacks would be the default's."""
    images = {
        name: {"source": "skimage:coffee", "sha256": None, "target": target}
        for name, target in (("none", {}), ("other", {"psnr": 30}))
    }
    record = {"images": images, "sources": {name: {"sha256": "1" * 64} for name in images}}
    repeated = repeatable(record, tmp_path)
    assert {name: image["target"] for name, image in resolve(repeated, SCHEMA).items()} == {
        name: image["target"] for name, image in images.items()
    }


def test_different_files_say_how_far_their_numbers_are_apart(tmp_path):
    one, other = tmp_path / "one.npz", tmp_path / "other.npz"
    np.savez(one, centroids=np.array([[1.0, 2.0]]), labels=np.array([0, 1, 1]), space="rgb")
    np.savez(other, centroids=np.array([[1.0, 2.0002]]), labels=np.array([0, 1, 0]), space="rgb")
    assert numbers(one, other) == "numbers differ by 1.0e-04 at most, 1 labels moved"
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_text("k,inertia,silhouette\n2,100.0,\n3,50.0,0.5\n")
    other.write_text("k,inertia,silhouette\n2,101.0,\n3,50.0,0.5\n")
    assert numbers(one, other) == "numbers differ by 9.9e-03 at most"
    other.write_text("k,inertia,silhouette\n2,101.0,\n")
    assert numbers(one, other) == "cells: (3, 3) and (2, 3)"
    assert numbers(tmp_path / "a.png", tmp_path / "b.png") == ""


def test_a_repeated_run_finds_masks_palettes_stocks_and_sets_where_they_were(tmp_path):
    images = {
        "cup": {
            "source": "cup.jpg",
            "sha256": None,
            "mask": "mask.png",
            "palettes": {"brand": "b.gpl", "web": ["red"]},
            "stock": {"own": {"colors": "t.csv", "at_most": 3}, "css": {"colors": "css"}, "few": {"colors": ["red"]}},
        },
        "set": {"source": ["a.jpg", "skimage:coffee"], "sha256": None, "together": True, "photos": {"a": "a.jpg"}},
        "trip": {"source": "trip/*.jpg", "sha256": None, "together": True, "photos": {"b": "trip/b.jpg"}},
    }
    record = {"images": images, "sources": {name: {"sha256": "1" * 64} for name in images}}
    assert repeatable(record, tmp_path)["images"] == {
        "cup": {
            "source": str(tmp_path / "cup.jpg"),
            "sha256": "1" * 64,
            "mask": str(tmp_path / "mask.png"),
            "palettes": {"brand": str(tmp_path / "b.gpl"), "web": ["red"]},
            "stock": images["cup"]["stock"] | {"own": {"colors": str(tmp_path / "t.csv"), "at_most": 3}},
        },
        "set": {"source": [str(tmp_path / "a.jpg"), "skimage:coffee"], "together": True},
        "trip": {"source": [str(tmp_path / "trip/*.jpg")], "together": True},
    }
