"""Settings: defaults ← top level ← image, and every problem reported in plain words."""

from pathlib import Path

import pytest
import yaml

from photopalette.config.settings import (
    DEFAULTS,
    ConfigError,
    check_palettes,
    expand_globs,
    kinds,
    resolve,
)
from project import ROOT
from settings import SCHEMA

PHOTO = {"source": "photo.jpg"}


def problems(config):
    with pytest.raises(ConfigError) as error:
        resolve(config, SCHEMA)
    return str(error.value)


def test_bare_image_has_all_defaults():
    settings = resolve({"images": {"a": PHOTO}}, SCHEMA)["a"]
    assert settings["n_clusters"] == list(range(2, 11))
    assert settings["kmeans"] == DEFAULTS["kmeans"]
    assert settings["sha256"] is None


def test_image_overrides_top_level_overrides_defaults_key_by_key():
    config = {
        "images": {"a": {**PHOTO, "kmeans": {"n_init": 3}}, "b": PHOTO},
        "kmeans": {"n_init": 5, "random_state": 7},
    }
    resolved = resolve(config, SCHEMA)
    assert resolved["a"]["kmeans"] == {**DEFAULTS["kmeans"], "n_init": 3, "random_state": 7}
    assert resolved["b"]["kmeans"] == {**DEFAULTS["kmeans"], "n_init": 5, "random_state": 7}
    assert DEFAULTS["kmeans"]["n_init"] == 10


def test_null_resize_keeps_the_size_and_can_be_undone_by_an_image():
    config = {"images": {"a": PHOTO, "b": {**PHOTO, "resize": {"width": 64}}}, "resize": None}
    resolved = resolve(config, SCHEMA)
    assert resolved["a"]["resize"] is None
    assert resolved["b"]["resize"] == {**DEFAULTS["resize"], "width": 64}


@pytest.mark.parametrize(
    ("n_clusters", "expected"), [({"max": 4}, [2, 3, 4]), ({"min": 1, "max": 1}, [1]), ([16, 4, 8], [4, 8, 16])]
)
def test_n_clusters_is_a_range_or_a_list(n_clusters, expected):
    assert resolve({"images": {"a": PHOTO}, "n_clusters": n_clusters}, SCHEMA)["a"]["n_clusters"] == expected


def test_a_list_to_compare_is_short_for_its_methods():
    config = {
        "images": {
            "a": PHOTO,
            "methods": {**PHOTO, "compare": ["wu"]},
            "all": {**PHOTO, "compare": {"n_clusters": "all"}},
            "none": {**PHOTO, "compare": []},
            "both": {**PHOTO, "compare": {"methods": [], "n_clusters": "all"}},
        },
        "compare": ["octree"],
    }
    compared = {name: settings["compare"] for name, settings in resolve(config, SCHEMA).items()}
    assert compared == {
        "a": {"methods": ["octree"], "n_clusters": "few"},
        "methods": {"methods": ["wu"], "n_clusters": "few"},
        "all": {"methods": ["octree"], "n_clusters": "all"},
        "none": {"methods": [], "n_clusters": "few"},
        "both": {"methods": [], "n_clusters": "all"},
    }
    config["compare"] = {"n_clusters": "all"}
    assert resolve(config, SCHEMA)["methods"]["compare"] == {"methods": ["wu"], "n_clusters": "all"}


def test_fewer_pixels_than_k_are_accepted():
    config = {"images": {"a": PHOTO}, "n_clusters": [7], "resize": {"width": 3, "height": 2}}
    assert resolve(config, SCHEMA)["a"]["n_clusters"] == [7]


@pytest.mark.parametrize(
    ("top", "entry", "target"),
    [
        ({}, {}, {"delta_e_mean": 5.0}),
        ({}, {"reconstruct": {"dither": "floyd-steinberg"}}, {"delta_e_seen_mean": 5.0}),
        ({"reconstruct": {"dither": "floyd-steinberg"}}, {"reconstruct": {"dither": "none"}}, {"delta_e_mean": 5.0}),
        (
            {"reconstruct": {"dither": "floyd-steinberg"}},
            {"target": {"ssim": 0.9}},
            {"delta_e_seen_mean": 5.0, "ssim": 0.9},
        ),
        (
            {"reconstruct": {"dither": "floyd-steinberg"}, "target": {"delta_e_mean": 3}},
            {"target": {"ssim": 0.9}},
            {"delta_e_mean": 3, "ssim": 0.9},
        ),
        (
            {"reconstruct": {"dither": "floyd-steinberg"}},
            {"target": {"delta_e_seen_mean": 2}},
            {"delta_e_seen_mean": 2},
        ),
        ({"reconstruct": {"dither": "floyd-steinberg"}}, {"target": {"delta_e_seen_mean": None}}, {}),
        ({"reconstruct": {"dither": "floyd-steinberg"}}, {"target": {"delta_e_mean": None}}, {}),
        ({"reconstruct": {"dither": "floyd-steinberg"}, "target": None}, {}, {}),
        (
            {"reconstruct": {"dither": "floyd-steinberg"}, "target": None},
            {"target": {"psnr": 30}},
            {"delta_e_seen_mean": 5.0, "psnr": 30},
        ),
        ({}, {"target": {"delta_e_seen_mean": 4}}, {"delta_e_seen_mean": 4}),
        ({}, {"target": {"delta_e_seen_mean": 4, "delta_e_mean": 6}}, {"delta_e_mean": 6, "delta_e_seen_mean": 4}),
    ],
)
def test_a_dithered_picture_has_to_look_right_from_a_distance(top, entry, target):
    """Unless either of the bounds on the mean is given."""
    assert resolve({"images": {"a": {**PHOTO, **entry}}, **top}, SCHEMA)["a"]["target"] == target


def test_shipped_defaults_and_code_agree():
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    assert {key: value for key, value in config.items() if key != "images"} == DEFAULTS


def test_every_shipped_config_is_valid():
    for path in (ROOT / "config").glob("*.yaml"):
        assert resolve(yaml.safe_load(path.read_text()), SCHEMA)


def test_matcha_yaml_is_the_notebooks_experiment():
    settings = resolve(yaml.safe_load((ROOT / "config/matcha.yaml").read_text()), SCHEMA)["matcha"]
    assert settings["source"].startswith("https://images.unsplash.com/photo-1705862667646-54de4f9fe1fe?w=800&")
    assert settings["n_clusters"] == list(range(2, 11))
    stretched = {"width": 240, "height": 320, "method": "stretch", "resample": "bicubic", "enlarge": False}
    assert settings["resize"] == stretched
    assert settings["kmeans"] == {**DEFAULTS["kmeans"], "fit_on": "pixels", "refine": "none"}


def test_config_readme_names_every_key():
    page = (ROOT / "config/README.md").read_text()
    definitions = SCHEMA["$defs"]
    for section in SCHEMA["properties"]:
        assert f"`{section}" in page
        for key in definitions.get(section, {}).get("properties", {}):
            assert f"`{section}.{key}`" in page, f"{section}.{key}"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"images": {"Index.html": PHOTO}}, "images: 'Index.html' is the name of a file in results/"),
        ({"images": {"report.zip": PHOTO}}, "images: 'report.zip' is the name of a file in results/"),
        ({"images": {"a": PHOTO}, "background": "transparent"}, 'background: "transparent" is fully transparent; use'),
        ({"images": {"a": PHOTO}, "background": "https://me:word@a.org"}, 'background: "https://…@a.org" is not a'),
        ({"images": {"a": PHOTO}, "palettes": {"b": ["rgb(1e400 0 NaN)"]}}, 'palettes: b: "rgb(1e400 0 NaN)" is not a'),
    ],
)
def test_a_problem_is_named_in_plain_words(config, message):
    """The others are in broken_configs.txt."""
    assert message in problems(config)


@pytest.mark.parametrize("color", ["rgb(300 0 0)", "hsl(0 150% 50%)", "oklch(0.7 0.1 50 / 50%)", "#F008"])
def test_any_colour_of_css_is_taken(color):
    config = {"images": {"a": PHOTO}, "background": color, "palettes": {"b": [color]}}
    assert resolve(config, SCHEMA)["a"]["background"] == color


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b c.jpg", "a.jpg", "sub/x.JPG", "é.jpg", "ü.jpg", "[1].jpg", "n.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()


def expand(images):
    return expand_globs(resolve({"images": images}, SCHEMA))


def test_pattern_is_one_image_per_file_with_safe_names(photos):
    images = expand({"t": {"source": "*.jpg", "n_clusters": [4]}, "web": {"source": "http://h/a*.jpg"}})
    assert {name: (settings["source"], settings["title"]) for name, settings in images.items()} == {
        "t--1-": ("[1].jpg", "[1]"),
        "t-a": ("a.jpg", "a"),
        "t-b-c": ("b c.jpg", "b c"),
        "t-e": ("é.jpg", "é"),
        "t-u": ("ü.jpg", "ü"),
        "web": ("http://h/a*.jpg", "web"),
    }
    assert images["t-a"]["n_clusters"] == [4]


def test_an_images_name_does_not_depend_on_other_files(photos, tmp_path):
    before = {settings["source"]: name for name, settings in expand({"t": {"source": "*.jpg"}}).items()}
    (tmp_path / "0.jpg").touch()
    after = {settings["source"]: name for name, settings in expand({"t": {"source": "*.jpg"}}).items()}
    assert before.items() <= after.items()


def test_pattern_through_folders_and_a_literal_name(photos):
    assert "sub/x.JPG" in [image["source"] for image in expand({"t": {"source": "**/*.jpg"}}).values()]
    assert list(expand({"t": {"source": "[1].jpg"}})) == ["t"]


def test_pattern_below_a_home_is_recorded_as_it_is_written(photos, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    images = expand({"t": {"source": "~/sub/*.jpg"}})
    assert {name: settings["source"] for name, settings in images.items()} == {"t-x": "~/sub/x.JPG"}


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ({"t": {"source": "*.tif"}}, '); did you mean "*.jpg" (6 files)?'),
        ({"t": {"source": "Sub/*.jpg"}}, 'images.t.source: no file matches "Sub/*.jpg" (in '),
        ({"t": {"source": "*.jpg", "sha256": "a" * 64}}, "one hash can't match every file"),
        ({"t-a": PHOTO, "t": {"source": "*.jpg"}}, "would be named 't-a', a name already taken"),
        ({"t": {"source": "*.jpg"}, "t-a": PHOTO}, "would be named 't-a', a name already taken"),
        (
            {"t": {"source": "*.jpg"}, "t-b": {"source": "c.*"}},
            "images.t-b: \"c.jpg\" would be named 't-b-c', a name already taken",
        ),
        ({"T-A": PHOTO, "t": {"source": "*.jpg"}}, "'T-A' and 't-a' differ only in case"),
    ],
)
def test_a_problem_with_a_pattern_is_named(photos, tmp_path, images, message):
    (tmp_path / "c.jpg").touch()
    with pytest.raises(ConfigError) as error:
        expand(images)
    assert message in str(error.value)


def test_a_pattern_that_matches_a_name_in_another_encoding(photos, tmp_path):
    (tmp_path / "caf\udce9.jpg").touch()
    with pytest.raises(ConfigError) as error:
        expand({"t": {"source": "*.jpg"}})
    assert 'images.t: the name of "caf\\udce9.jpg" is not UTF-8; rename the file' in str(error.value)


def test_name_that_repeats_itself_is_shortened(photos, tmp_path):
    (tmp_path / f"{'z' * 200}.jpg").touch()
    assert "t-z" in expand({"t": {"source": "*.jpg"}})


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ((), {"object"}),
        (("background",), {"string"}),
        (("transparency",), {"string"}),
        (("mask",), {"string", "null"}),
        (("resize",), {"object", "null"}),
        (("resize", "width"), {"integer"}),
        (("kmeans", "tol"), {"number"}),
        (("n_clusters", 0), {"integer"}),
        (("n_clusters", "min"), {"integer"}),
        (("figures", "error"), {"boolean"}),
        (("images", "any", "source"), {"string", "array"}),
        (("images", "any", "source", 3), {"string"}),
        (("images", "any", "kmeans", "tol"), {"number"}),
        (("palettes", "any"), {"string", "array", "null"}),
        (("palettes", "any", 0), {"string"}),
        (("nonsense",), set()),
        (("kmeans", "nonsense", "more"), set()),
        (("kmeans", 0), set()),
    ],
)
def test_the_schema_says_which_type_goes_where(keys, expected):
    assert kinds(SCHEMA, keys) == expected


def nested(levels):
    return {"x": nested(levels - 1)} if levels > 1 else {}


def test_nesting_is_too_deep_beyond_its_limit():
    images = {"a": PHOTO}
    assert "nested" not in problems({"images": images, **nested(21)})
    assert "\n  - x: nested more than 20 levels deep; flatten it" in problems({"images": images, **nested(22)})


@pytest.mark.parametrize("number", [2**64 - 1, -(2**64) + 1])
def test_a_number_is_far_too_large_beyond_64_bits(number):
    config = {"images": {"a": PHOTO}, "kmeans": {"n_init": number}}
    assert "must be at" in problems(config)
    config["kmeans"]["n_init"] += 1 if number > 0 else -1
    assert "the number is far too large" in problems(config)


def test_sets_gather_their_photos_each_once_and_in_order(photos):
    images = expand(
        {
            "one": {"source": "n.*", "together": True},
            "list": {"source": ["n.png", "[ab]*.jpg", "sub/x.JPG", "a.jpg", "skimage:cup"], "together": True},
            "alone": {"source": "a.jpg"},
        }
    )
    assert list(images) == ["one", "list", "alone"]
    assert images["one"]["photos"] == {"n": "n.png"}
    sources = {"n": "n.png", "a": "a.jpg", "b-c": "b c.jpg", "x": "sub/x.JPG", "cup": "skimage:cup"}
    assert images["list"]["photos"] == sources
    assert list(images["list"]["photos"]) == list(sources)
    assert "photos" not in images["alone"]


def test_everything_wrong_with_a_set_is_reported(photos, tmp_path):
    (tmp_path / "caf\udce9.jpg").touch()
    with pytest.raises(ConfigError) as error:
        expand(
            {
                "t": {"source": ["*.tif", "caf*.jpg", "*.gif"], "together": True},
                "u": {"source": "*.webp", "together": True},
            }
        )
    first, *rest = str(error.value).splitlines()
    assert first == "The configuration has 4 problems:"
    starts = [
        'images.t.source: no file matches "*.tif"',
        'images.t.source: no file matches "*.gif"',
        'images.t: the name of "caf\\udce9.jpg" is not UTF-8',
        'images.u.source: no file matches "*.webp"',
    ]
    assert all(line.startswith(f"  - {start}") for line, start in zip(rest, starts, strict=True))


def test_palettes_are_read_where_they_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.hex").write_text("0c2238\nfafaf5\n")
    (tmp_path / "bad.hex").write_text("no colour\n")
    entry = {**PHOTO, "palettes": {"c": "nowhere.gpl", "d": None}}
    config = {"images": {"a": PHOTO, "b": entry}, "palettes": {"a": "good.hex", "b": ["#ffffff"]}}
    config["palettes"]["e"] = "bad.hex"
    resolve(config, SCHEMA)
    with pytest.raises(ConfigError) as error:
        check_palettes(config, lambda keys: f"{keys}: ")
    first, top, image = str(error.value).splitlines()
    assert first == "The configuration has 2 problems:"
    assert top.startswith("  - ('palettes', 'e'): palettes.e: bad.hex")
    assert image == (
        "  - ('images', 'b', 'palettes', 'c'): images.b.palettes.c: there is no file nowhere.gpl "
        f"(in {tmp_path}); correct 'images.b.palettes.c'"
    )
    del config["palettes"]["e"], entry["palettes"]["c"]
    check_palettes(config)


def test_colours_to_keep_are_read_in_any_notation_each_once():
    keep = ["white", "#FFF", "rgb(228 0 43)", "color(display-p3 0 1 0)"]
    config = {"images": {"a": {"source": "a.jpg"}}, "n_clusters": [3], "kmeans": {"keep": keep}}
    found = resolve(config, SCHEMA)["a"]["kmeans"]["keep"]
    assert found[:2] == ["#ffffff", "#e4002b"]
    assert len(found) == 3, "the last is mapped into sRGB"


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ({"mask": "m.png"}, "a mask"),
        ({"transparency": "ignore"}, "transparency: ignore"),
        ({"together": True}, "together: true"),
    ],
)
def test_256_colours_leave_no_entry_for_what_may_be_transparent(in_folder, cause, words):
    """However they are asked for; an image without transparency may have them all, and every image 255."""
    greens = [f"#00ff{level:02x}" for level in range(256)]
    Path("greens.hex").write_text("\n".join(greens))
    Path("fewer.hex").write_text("\n".join(greens[:255]))
    stock = {"at_most": 256, "keep": greens}
    asked = {
        "n_clusters": {"n_clusters": [4, 256]},
        "kmeans: keep": {"n_clusters": [256], "kmeans": {"keep": greens}},
        "palettes: list": {"palettes": {"list": greens}},
        "palettes.file": {"palettes": {"file": "greens.hex"}},
        "stock: list: keep": {"stock": {"list": {"colors": greens, **stock}}},
        "stock.file: keep": {"stock": {"file": {"colors": "greens.hex", **stock}}},
    }

    def check(settings):
        resolve(settings, SCHEMA)
        check_palettes(settings)

    for place, settings in asked.items():
        plain = {"images": {"plain": PHOTO}, **settings}
        check(plain)
        plain["images"]["cut"] = {**PHOTO, **cause}
        with pytest.raises(ConfigError) as error:
            check(plain)
        fault = f"an indexed PNG holds 256 colours, and {words} takes one for transparency; use 255 at most"
        assert f"  - {place}: {fault}" in str(error.value)
    fewer = {"colors": "fewer.hex", "keep": greens[:255]}
    palettes = {"list": greens[:255], "file": "fewer.hex"}
    check({"images": {"cut": {**PHOTO, **cause}}, "n_clusters": [255], "palettes": palettes, "stock": {"a": fewer}})


def keys_of(schema, *path):
    """Yield the path of every key of the configuration, with `a` for any name."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    for key, inner in schema.get("properties", {}).items():
        yield (*path, key)
        yield from keys_of(inner, *path, key)
    if isinstance(inner := schema.get("additionalProperties"), dict):
        yield from keys_of(inner, *path, "a")


@pytest.mark.parametrize("keys", list(keys_of(SCHEMA)), ids=".".join)
def test_the_singular_of_a_key_is_told_its_plural_and_the_other_way_round(keys):
    *above, key = keys
    if key not in ("palette", "palettes"):
        mistaken, meant, value = key.removesuffix("s") if key.endswith("s") else f"{key}s", key, 1
    elif key == "palettes":
        mistaken, meant, value = "palette", "palettes.brand", {"brand": ["#ffffff"]}
    else:
        mistaken, meant, value = "palettes", "palette.colors", {"colors": "member"}
    config = {} if keys == ("images",) else {"images": {"a": dict(PHOTO)}}
    at = config
    for name in above:
        at = at.setdefault(name, {})
    at[mistaken] = value
    assert f"; did you mean '{meant}'?" in problems(config)
