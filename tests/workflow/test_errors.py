"""Every fault ends in one clear message, as early as it can be known, and nothing made is lost."""

import pytest

from project import NUMBERS_ALONE
from server import serving


def fail(project, *arguments, **environment):
    run = project.snakemake("--cores", "2", *arguments, **environment)
    assert run.returncode != 0, run.stdout
    assert "Traceback" not in run.stdout
    return run.stdout


def test_config_errors_start_nothing(project):
    project.config["kmeans"]["n_int"] = 3
    project.config["n_clusters"] = {"min": 9, "max": 3}
    output = fail(project)
    assert "kmeans.n_int: unknown key; did you mean 'n_init'?" in output
    assert not (project.folder / "results").exists()


def test_colours_beyond_the_range_stop_nothing_and_unreadable_ones_are_said(project):
    (project.folder / "web.css").write_text("a { color: rgb(300 0 0); fill: color-mix(in srgb, red, blue) }")
    (project.folder / "web.csv").write_text("name,r,g,b\nred,300,0,0\n")
    project.config["background"] = "rgb(300 0 0)"
    project.config["palettes"] = {"web": "web.css", "two": ["hsl(0 150% 50%)", "white"]}
    run = project.snakemake("--dry-run")
    assert run.returncode == 0, run.stdout
    said = "web.css: left out, as no colour can be read in it: line 1, color-mix(in srgb, red, blue)"
    assert run.stdout.count(said) == 1
    project.config["palettes"] = {"web": "web.csv"}
    assert "palettes.web: web.csv: line 2 has no colour: 300, 0, 0; red, green and blue" in fail(project)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"images: {a: {source: p}}\nkmeans:\n  n_init: 3\n  n_int: 4\n",
            "config/config.yaml, line 4: kmeans.n_int: unknown key; did you mean 'n_init'?",
        ),
        (b"images: {a: {source: p}}\nimages: {b: {source: p}}\n", "config/config.yaml, line 2: images is given twice"),
        (b"images:\n\ta: {source: p}\n", "config/config.yaml, line 2: a tab is not allowed here"),
        (b"images: {a: {source: \xe9}}\n", "config/config.yaml, line 1: byte 0xe9 is not UTF-8"),
        (b"pathvars: 3\nimages: {a: {source: p}}\n", "config/config.yaml, line 1: pathvars would point"),
        (b"", "config/config.yaml: is empty; it needs at least 'images'"),
    ],
    ids=["typo", "equal", "tab", "latin-1", "pathvars", "empty"],
)
def test_broken_default_config_starts_nothing(content, message, project):
    project.config = content
    assert message in fail(project)
    assert not (project.folder / "results").exists()


def test_python_in_the_default_config_is_not_run(project):
    project.config = b"__use_yte__: true\nimages:\n  a:\n    source: ?open('owned', 'w').name\n"
    assert "line 1: __use_yte__ would let the file run Python code; remove it" in fail(project)
    assert not (project.folder / "owned").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"images: {a: {source: p}}\nimages: {b: {source: p}}\n", "broken.yaml, line 2: images is given twice"),
        (b"images:\n  2024: {source: p}\n", "broken.yaml, line 2: images: YAML reads the key 2024 as a number"),
        # Snakemake reads it before the workflow can; its own words are not ours, but plain.
        (b"images:\n\ta: {source: p}\n", "Config file is not valid JSON or YAML."),
    ],
    ids=["equal", "number", "tab"],
)
def test_broken_configfile_starts_nothing(content, message, project):
    (project.folder / "broken.yaml").write_bytes(content)
    assert message in fail(project, "--configfile", "broken.yaml")
    assert not (project.folder / "results").exists()


def test_config_of_an_outer_workflow_is_its_own_affair(project):
    (project.folder / "outer.yaml").write_text("x: 1\nx: 2\nphotos: {images: {a: {source: 'skimage:coffee'}}}\n")
    (project.folder / "outer.smk").write_text(
        'configfile: "outer.yaml"\n'
        'module photos:\n    snakefile: "workflow/Snakefile"\n    config: config["photos"]\n'
        "use rule * from photos as photos_*\n"
    )
    assert project.planned("--snakefile", "outer.smk", "data/raw/a") == {"photos_download": 1}


def test_command_line_is_blamed_for_what_it_says(project):
    assert "  - --config: max_megapixels: 0 must be above 0" in fail(project, "--config", "max_megapixels=0")


def test_missing_local_photo_starts_nothing(project):
    project.config["images"]["gone"] = {"source": "data/gone.jpg"}
    output = fail(project)
    assert "images.gone.source: there is no file data/gone.jpg" in output
    assert not (project.folder / "results").exists()


@pytest.mark.parametrize("link", [False, True])
def test_photo_where_its_copy_goes_is_refused_and_kept(link, project):
    raw = project.folder / "data/raw"
    raw.mkdir(parents=True)
    (raw / "tiny").write_bytes(b"precious")
    (project.folder / "elsewhere").symlink_to(raw)
    source = "elsewhere/tiny" if link else "data/raw/tiny"
    project.config["images"]["tiny"]["source"] = source
    output = fail(project, "--keep-going", "--forceall")
    assert f"images.tiny.source: {source} is where its own copy goes; move it out of data/raw" in output
    assert (raw / "tiny").read_bytes() == b"precious"


def test_missing_browser_starts_nothing(project):
    output = fail(project, BROWSER_PATH="/nowhere/chrome")
    assert "BROWSER_PATH is '/nowhere/chrome', which is not a program" in output
    assert "kaleido_get_chrome" in output
    assert not (project.folder / "results").exists()


def test_unusable_browser_starts_nothing(project):
    stub = project.folder / "chromium-browser"
    stub.write_text("#!/bin/sh\necho 'requires the chromium snap to be installed' >&2; exit 1\n")
    stub.chmod(0o755)
    output = fail(project, BROWSER_PATH=str(stub))
    assert "chromium-browser says: requires the chromium snap to be installed" in output
    assert not (project.folder / "results").exists()


def test_no_browser_is_needed_without_scatter(project):
    project.config["scatter"] = {"static": False}
    project.snakemake("--cores", "2", "results/tiny/montage.png", BROWSER_PATH="/nowhere/chrome")
    assert (project.folder / "results/tiny/montage.png").exists()


def test_a_file_that_is_not_an_image_spares_the_others(project):
    (project.folder / "page.jpg").write_text("<!DOCTYPE html><title>Sign in</title>")
    project.config["images"]["page"] = {"source": "page.jpg"}
    project.config |= NUMBERS_ALONE | {"n_clusters": [2], "figures": NUMBERS_ALONE["figures"] | {"montage": True}}
    output = fail(project, "--keep-going")
    assert "resize: image 'page': page.jpg is not a readable image" in output
    assert "(it looks like a web page)" in output
    assert (project.folder / "results/tiny/montage.png").exists()


@pytest.fixture
def missing():
    with serving(lambda request: 404) as server:
        yield server


def test_a_404_is_requested_once_and_reported_plainly(project, missing):
    url = f"{missing.url}/photo.jpg"
    project.config["images"] = {"web": {"source": url}}
    project.config["scatter"] = {"static": False}
    output = fail(project)
    assert f"download: image 'web': {url} returned 404 Not Found" in output
    assert len(missing.asked) == 1
    assert not (project.folder / "data/raw/web").exists()


def test_a_failed_render_loses_nothing(finished):
    before = finished.products()
    broken = finished.folder / "broken-browser"
    broken.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Broken 1.0 || exit 1\n')
    broken.chmod(0o755)
    finished.config["scatter"]["width"] = 220
    output = fail(finished, BROWSER_PATH=str(broken))
    assert "failed to render" in output
    after = finished.products()
    assert {name: content for name, content in before.items() if not name.endswith("scatter.png")} == {
        name: content for name, content in after.items() if not name.endswith("scatter.png")
    }


@pytest.mark.parametrize(
    ("image", "remedy"), [("tinny", "did you mean 'tiny'?"), ("zzz", "it has tiny")], ids=["similar", "other"]
)
def test_a_target_of_an_image_that_there_is_not_is_named(project, image, remedy):
    run = project.snakemake("--cores", "1", f"results/{image}/resized.png")
    assert run.returncode == 1
    assert f"The configuration has no image '{image}'; {remedy}" in run.stdout
    assert "KeyError" not in run.stdout
