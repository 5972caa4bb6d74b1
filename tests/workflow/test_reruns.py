"""A change reruns what it changes, and nothing else."""

import pytest

ALL = {
    *["download", "resize", "flatten", "scatter", "error", "silhouette", "score", "recommend", "compare"],
    *["curves", "montage", "study"],
    *(f"{rule}:{k}" for rule in ("cluster", "reconstruct") for k in (2, 3)),
}
REBUILT = {"reconstruct:2", "reconstruct:3"}
SUMMARIES = {"silhouette", "score", "recommend", "compare", "curves", "montage", "scatter", "error", "study"}


def test_first_run_makes_everything(project):
    assert set(project.planned()) == ALL


def test_second_run_has_nothing_to_do(finished):
    assert "Nothing to be done" in finished.make()


def test_a_further_k_runs_its_jobs_and_the_summaries(finished):
    finished.config["n_clusters"] = [2, 3, 11]
    assert set(finished.planned()) == {"cluster:11", "reconstruct:11"} | SUMMARIES
    before = finished.products()
    finished.make()
    after = finished.products()
    for name, content in before.items():
        if "/k" in name:
            assert after[name] == content


def test_one_k_fewer_runs_the_summaries(finished):
    finished.config["n_clusters"] = [2]
    assert set(finished.planned()) == SUMMARIES


@pytest.mark.parametrize(
    ("section", "value", "expected"),
    [
        ("scatter", {"width": 210, "height": 180}, {"scatter"}),
        ("montage", {"columns": 1}, {"montage"}),
        ("silhouette", {"max_colors": 5000}, {"silhouette", "score", "recommend", "curves", "study"}),
        ("target", {"psnr": 30}, {"recommend", "curves"}),
        ("kmeans", {"n_init": 3}, ALL - {"download", "resize", "flatten"}),
        ("reconstruct", {"dither": "floyd-steinberg"}, SUMMARIES - {"silhouette", "scatter"} | REBUILT),
        ("compare", ["octree"], {"compare"}),
        ("background", "black", ALL - {"download"}),
        ("allow_truncated", True, ALL - {"download"}),
        ("max_megapixels", 100, ALL - {"download"}),
        ("download", {"timeout": 31}, ALL),
    ],
)
def test_a_changed_option_runs_its_users(finished, section, value, expected):
    finished.config[section] = value
    assert set(finished.planned()) == expected


def test_a_further_image_leaves_the_others_alone(finished):
    finished.config["images"]["more"] = {"source": "skimage:chelsea"}
    assert finished.planned() == {job: 1 for job in ALL}


@pytest.mark.parametrize(
    ("module", "users"),
    [
        ("_style.py", {"curves", "montage", "study", "error", "compare"}),
        ("_static.js", {"scatter"}),
        ("_colors.py", ALL - {"download", "resize"}),
        ("_job.py", ALL),
        ("_source.py", ALL),
        ("_yaml.py", set()),
        ("montage.py", {"montage"}),
        ("_metrics.py", {"score", "recommend", "compare", "curves", "error", "study"}),
        ("reconstruct.py", SUMMARIES - {"silhouette", "scatter"} | REBUILT),
        ("_palette.py", ALL - {"download", "resize", "flatten"}),
        ("_search.py", ALL - {"download", "resize", "flatten"}),
    ],
)
def test_an_edited_module_runs_its_users(finished, module, users):
    path = finished.folder / "workflow/scripts" / module
    path.write_text(path.read_text() + "\n// edited\n" if module.endswith(".js") else path.read_text() + "\n# edited\n")
    assert set(finished.planned()) == users


def test_a_changed_local_photo_reruns_its_image(project):
    from PIL import Image

    photo = project.folder / "photo.png"
    Image.linear_gradient("L").resize((24, 16)).save(photo)
    project.config["images"] = {"tiny": {"source": "photo.png"}}
    project.config["scatter"] = {"static": False}
    project.make()
    Image.radial_gradient("L").resize((24, 16)).save(photo)
    assert set(project.planned()) == ALL - {"scatter"}
