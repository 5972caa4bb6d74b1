"""Values of --config are taken as they are meant, although Snakemake passes most of them on as text."""

import pytest
from PIL import Image


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["n_clusters=[4,5]"], {4, 5}),
        (['n_clusters={"min":2,"max":4}'], {2, 3, 4}),
        (["n_clusters={min: 3, max: 3}", "scatter={static: off}", "kmeans={tol: 1e-3, random_state: 7}"], {3}),
        (['images={"2024": {"source": "skimage:coffee", "n_clusters": [6]}}'], {6}),
    ],
)
def test_lists_and_mappings_of_numbers(project, arguments, expected):
    project.config["n_clusters"] = {"min": 9, "max": 9}
    planned = project.planned("--config", *arguments)
    assert {int(job.partition(":")[2]) for job in planned if job.startswith("cluster:")} == expected


def test_a_mapping_changes_what_it_names_alone(project):
    project.config["resize"] = {"width": 24, "height": 16, "method": "stretch"}
    project.make("--config", 'resize={"width":30}', "--", "results/tiny/resized.png")
    assert Image.open(project.folder / "results/tiny/resized.png").size == (30, 16)


@pytest.mark.parametrize("nothing", ["resize=null", "resize="])
def test_null(project, nothing):
    Image.new("RGB", (50, 60)).save(project.folder / "photo.png")
    project.config["images"]["tiny"]["source"] = "photo.png"
    project.make("--config", nothing, "--", "results/tiny/resized.png")
    assert Image.open(project.folder / "results/tiny/resized.png").size == (50, 60)


def test_booleans(project):
    assert project.planned()["scatter"] == 1
    assert "scatter" not in project.planned("--config", 'scatter={"static":false}')


def test_text_stays_text_where_text_is_expected(project):
    Image.new("RGB", (9, 9)).save(project.folder / "123", "PNG")
    project.make("--config", 'images={"tiny": {"source": 123, "resize": null}}', "--", "results/tiny/resized.png")
    images = f"images={{tiny: {{source: null, sha256: {'1' * 64}}}}}"
    output = project.fail("--config", "background=000000", images)
    assert '--config: background: "000000" is not a colour' in output
    assert "problem:" in output


def test_a_file_stays_strict(project):
    project.config["n_clusters"] = ["2", "3"]
    output = project.fail("--config", "max_megapixels=9")
    assert 'config/config.yaml, line 5: n_clusters.0: "2" is not a whole number; remove the quotes' in output


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("n_clusters=[2, 3", "--config: n_clusters: this is not valid YAML"),
        ("max_megapixels=0", "--config: max_megapixels: 0 must be above 0"),
        ("n_clusters=[2, 300]", "--config: n_clusters.1: 300 must be at most 256"),
        ("kmeans={n_int: 3}", "--config: kmeans.n_int: unknown key; did you mean 'n_init'?"),
        ("kmeans={n_init: 3, n_init: 4}", "--config: kmeans.n_init is given twice; keep one"),
        ("kmeans=!!python/name:os.system", "--config: the tag !!python/name:os.system is not allowed"),
        ("images={tiny: {source: [a, b]}}", "--config: images.tiny.source: a list of photos needs together"),
    ],
)
def test_mistakes_are_blamed_on_the_command_line(project, argument, message):
    assert f"  - {message}" in project.fail("--config", argument)
