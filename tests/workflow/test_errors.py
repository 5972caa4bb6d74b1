"""Every fault ends in one clear message, as early as it can be known, and nothing made is lost."""

import http.server
import threading

import pytest


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


def test_missing_local_photo_starts_nothing(project):
    project.config["images"]["gone"] = {"source": "data/gone.jpg"}
    output = fail(project)
    assert "images.gone.source: there is no file data/gone.jpg" in output
    assert not (project.folder / "results").exists()


def test_missing_browser_starts_nothing(project):
    output = fail(project, BROWSER_PATH="/nowhere/chrome")
    assert "BROWSER_PATH is '/nowhere/chrome', which is no program" in output
    assert "kaleido_get_chrome" in output
    assert not (project.folder / "results").exists()


def test_no_browser_is_needed_without_scatter(project):
    project.config["scatter"] = {"static": False}
    project.snakemake("--cores", "2", "results/tiny/montage.png", BROWSER_PATH="/nowhere/chrome")
    assert (project.folder / "results/tiny/montage.png").exists()


def test_k_above_the_number_of_colours(project):
    from PIL import Image

    Image.linear_gradient("L").resize((2, 2), Image.Resampling.NEAREST).quantize(2).save(project.folder / "two.png")
    project.config |= {"images": {"two": {"source": "two.png", "resize": None}}, "scatter": {"static": False}}
    output = fail(project, "--keep-going")
    assert "cluster: image 'two': k = 3 is more than the 2 distinct colours there are" in output
    assert (project.folder / "results/two/k2/clusters.npz").exists()


def test_file_that_is_no_image_spares_the_others(project):
    (project.folder / "page.jpg").write_text("<!DOCTYPE html><title>Sign in</title>")
    project.config["images"]["page"] = {"source": "page.jpg"}
    project.config["scatter"] = {"static": False}
    output = fail(project, "--keep-going")
    assert "resize: image 'page' (page.jpg): data/raw/page is no image" in output
    assert "(it looks like a web page)" in output
    assert (project.folder / "results/tiny/montage.png").exists()


class Missing(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked += 1
        self.send_error(404)

    def log_message(self, *args):
        pass


@pytest.fixture
def missing():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Missing)
    server.asked = 0
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_404_is_asked_once_and_said_plainly(project, missing):
    url = f"http://127.0.0.1:{missing.server_port}/photo.jpg"
    project.config["images"] = {"web": {"source": url}}
    project.config["scatter"] = {"static": False}
    output = fail(project)
    assert f"download: image 'web': {url} answers 404 Not Found" in output
    assert missing.asked == 1
    assert not (project.folder / "data/raw/web").exists()


def test_a_failed_render_loses_nothing(finished):
    before = finished.products()
    broken = finished.folder / "broken-browser"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    finished.config["scatter"]["width"] = 220
    output = fail(finished, BROWSER_PATH=str(broken))
    assert "failed to render" in output
    after = finished.products()
    assert {name: content for name, content in before.items() if not name.endswith("scatter.png")} == {
        name: content for name, content in after.items() if not name.endswith("scatter.png")
    }
