"""A URL's credentials go to the server and nowhere else."""

import json
import shutil
import zipfile

import pytest

from photopalette.photo.fetch import bundled_path
from project import ALL_JOBS, NUMBERS_ALONE, TINY, Project
from server import serving

SECRETS = ("al1ce", "hunter2", "5ecre7", "t0k3n")


def answer(request):
    """Send one photograph whatever the path, another where the token says so, and nothing without the password."""
    if "/closed" in request.path or request.headers["Authorization"] is None:
        return 403
    return bundled_path("skimage:cell" if "another" in request.path else "skimage:coffee").read_bytes()


@pytest.fixture(scope="module")
def listener():
    with serving(answer) as server:
        yield server


def url(server, path="/cup.png", signature="5ecre7", token="t0k3n"):
    secrets = f"X-Amz-Signature={signature}&token={token}"
    return f"http://al1ce:hunter2@127.0.0.1:{server.server_port}{path}?w=8&{secrets}"


def leaks(project, *folders):
    """List the files that hold a secret, also inside archives, but not the user's own configuration."""
    for folder in folders or (".",):
        for path in (project.folder / folder).rglob("*"):
            if path.is_file() and path.parent != project.folder / "config":
                contents = {"": path.read_bytes()}
                if zipfile.is_zipfile(path):
                    with zipfile.ZipFile(path) as archive:
                        contents = {name: archive.read(name) for name in archive.namelist()}
                yield from (
                    f"{secret} in {path} {name}"
                    for name, content in contents.items()
                    for secret in SECRETS
                    if secret.encode() in content
                )


@pytest.fixture
def server(listener):
    """The server, which nobody has asked for anything yet."""
    listener.asked.clear()
    return listener


@pytest.fixture(scope="module")
def guarded_once(listener, tmp_path_factory):
    listener.asked.clear()
    project = Project(tmp_path_factory.mktemp("guarded"), TINY)
    project.config["images"] = {"cup": {"source": url(listener)}}
    project.config |= NUMBERS_ALONE | {"figures": NUMBERS_ALONE["figures"] | {"montage": True, "explorer": True}}
    project.output = project.make()
    project.asked = list(listener.asked)
    return project


@pytest.fixture
def guarded(guarded_once, server, tmp_path):
    """A project whose photograph lies behind a URL with secrets, studied once."""
    project = guarded_once.copy(tmp_path / "guarded")
    server.asked.clear()
    return project


def test_nothing_that_a_run_makes_holds_a_secret(guarded, server):
    assert guarded.asked == ["/cup.png?w=8&X-Amz-Signature=5ecre7&token=t0k3n"]
    said = guarded.make("--report", "results/report.zip")
    assert list(leaks(guarded)) == []
    assert [secret for secret in SECRETS if secret in guarded.output + said] == []
    record = json.loads((guarded.folder / "results/provenance.json").read_text())
    shown = f"http://…@127.0.0.1:{server.server_port}/cup.png?w=8&X-Amz-Signature=…&token=…"
    assert record["sources"]["cup"]["source"] == record["images"]["cup"]["source"] == shown


def test_verify_takes_the_copy_where_the_url_was_not_recorded(guarded, server):
    same = guarded.verify()
    assert same.returncode == 0, same.stdout
    assert server.asked == []
    shutil.copy(bundled_path("skimage:cell"), guarded.folder / "data/raw/cup")
    lost = guarded.verify()
    assert lost.returncode == 2
    assert "the downloaded copy has changed or is gone: data/raw/cup. Run the experiment again" in lost.stdout


def test_the_same_bytes_under_a_fresh_url_run_nothing(guarded, server):
    guarded.config["images"]["cup"]["source"] = url(server, signature="fr35h")
    assert guarded.planned() == {}
    assert server.asked == [], "a signature is over the rest of the URL"
    guarded.config["images"]["cup"]["source"] = url(server, token="fr35h")
    assert guarded.planned() == {}
    assert "Nothing to be done" in guarded.make()
    guarded.config["images"]["cup"]["source"] = url(server, token="another")
    left_out = {"scatter", "error", "silhouette_plot", "curves", "compare", "answer", "card"}
    assert set(guarded.planned()) == ALL_JOBS - left_out
    guarded.make()
    assert guarded.planned() == {}


@pytest.mark.parametrize("source", ["/closed", "port", "space", "list", "hash"])
def test_no_message_holds_a_secret(source, project, server):
    address = url(server, "/closed/cup.png")
    entry = {
        "/closed": {"source": address},
        "port": {"source": address.replace(f":{server.server_port}", ":99999")},
        "space": {"source": f"{address} 5ecre7"},
        "list": {"source": [address]},
        "hash": {"source": address, "sha256": address},
    }[source]
    project.config["images"] = {"cup": entry}
    output = project.fail()
    assert "/closed/cup.png?w=8&X-Amz-Signature=…&token=…" in output
    assert [secret for secret in SECRETS if secret in output] == []
    assert list(leaks(project)) == []


def test_a_url_reaches_jobs_of_a_module_and_of_the_command_line(project, server):
    config = {"images": {"cup": {"source": url(server)}}, "scatter": {"static": False}}
    (project.folder / "outer.smk").write_text(
        f"module photos:\n    snakefile: 'workflow/Snakefile'\n    config: {config!r}\n"
        "use rule * from photos as photos_*\n"
    )
    project.make("--snakefile", "outer.smk", "data/raw/cup")
    (project.folder / "data/raw/cup").unlink()
    project.make("data/raw/cup", "--config", f"images={json.dumps(config['images'])}")
    assert len(server.asked) == 2
    assert list(leaks(project, "data", "logs", ".snakemake")) == []
