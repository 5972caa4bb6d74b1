"""The fits that are asked for are certified, and the files say what is proven."""

import json
import logging
from types import SimpleNamespace

import numpy as np
import pytest

import certify
from certify import chosen, main
from photopalette.color.table import save_table
from photopalette.kmeans.bound import lower_bound
from photopalette.kmeans.fit import fit
from photopalette.quality.certificate import gap
from proofs import holds
from settings import PLAIN, SEARCH
from tables import documented_columns, read_csv

KMEANS = {**SEARCH, "n_init": 2, "fit_on": "colors", "space": "rgb", "weight_exponent": 1.0}


@pytest.mark.parametrize(
    ("setting", "answer", "expected"),
    [
        ("all", 5, [2, 3, 5, 16]),
        ("all", 2, [2, 3, 16]),
        ("all", 40, [2, 3, 16]),
        ("all", None, [2, 3, 16]),
        ("answer", 5, [5]),
        ("answer", 17, []),
        ("answer", None, []),
        ("none", 5, []),
    ],
)
def test_what_is_asked_for_is_certified_up_to_16_colours(setting, answer, expected):
    assert chosen(setting, [2, 3, 16, 17], answer) == expected


@pytest.fixture
def job(tmp_path, coffee_table, monkeypatch):
    """Run the script on the fits of 2 and 3 colours, with an answer of so many."""
    monkeypatch.chdir(tmp_path)

    def run(setting="all", answer=5, **kmeans):
        kmeans = KMEANS | kmeans
        save_table("pixels.npz", coffee_table)
        fits = {k: fit(coffee_table, k, **kmeans) for k in (2, 3)}
        for k, clusters in fits.items():
            np.savez(f"{k}.npz", **{name: array for name, array in clusters._asdict().items() if name != "restarts"})
        (tmp_path / "search.json").write_text(json.dumps({"k": answer}))
        main(
            SimpleNamespace(
                wildcards=SimpleNamespace(image="cup"),
                params=SimpleNamespace(code="", n_clusters=[2, 3], kmeans=kmeans, certify=setting),
                output=SimpleNamespace(table=tmp_path / "certificates.csv", radii=tmp_path / "certificates.npz"),
                input=SimpleNamespace(
                    pixels=tmp_path / "pixels.npz",
                    clusters=[tmp_path / "2.npz", tmp_path / "3.npz"],
                    search=[tmp_path / "search.json"] if answer else [],
                ),
            )
        )
        with np.load("certificates.npz", allow_pickle=False) as radii:
            return read_csv(tmp_path / "certificates.csv"), dict(radii)

    return run


@pytest.mark.parametrize("settings", [{}, PLAIN, PLAIN | {"fit_on": "pixels"}], ids=["search", "plain", "pixels"])
def test_the_files_prove_what_they_say(job, coffee_table, settings):
    """Also of the answer's fit, which is not among those that are studied."""
    rows, radii = job(**settings)
    assert [list(row) for row in rows] == [documented_columns("certificates.csv")] * 3
    assert [row["k"] for row in rows] == ["2", "3", "5"]
    assert sorted(radii) == ["k2", "k3", "k5"]
    for row in rows:
        k, inertia, bound = int(row["k"]), float(row["inertia"]), float(row["lower_bound"])
        assert inertia == fit(coffee_table, k, **KMEANS | settings).inertia
        assert bound <= inertia
        assert holds(coffee_table.colors, coffee_table.counts, radii[f"k{k}"], k, bound, 5e-3 * inertia)
        assert 0 <= float(row["gap"]) - 100 * (1 - bound / inertia) + 1e-7 < 2e-4
        assert (row["space"], row["method"], row["complete"]) == ("rgb", "dual", "True")


def test_what_was_minimized_is_bounded_whatever_the_weights(job, coffee_table):
    rows, _ = job(weight_exponent=0.5)
    for row, k in zip(rows, (2, 3, 5), strict=True):
        clusters = fit(coffee_table, k, **KMEANS | {"weight_exponent": 0.5})
        distances = ((coffee_table.colors[:, None] - clusters.centroids) ** 2).sum(axis=2).min(axis=1)
        minimized = (distances * coffee_table.counts**0.5).sum()
        assert float(row["inertia"]) == pytest.approx(minimized, rel=1e-6)
        assert float(row["inertia"]) != pytest.approx(clusters.inertia, rel=1e-3)
        assert 0 < float(row["lower_bound"]) <= minimized


def test_where_nothing_is_to_be_certified_the_files_are_empty(job):
    for setting, answer in (("none", 5), ("answer", None), ("answer", 17)):
        assert job(setting, answer) == ([], {})


def test_nothing_is_proven_twice(job, monkeypatch):
    first = job()
    monkeypatch.setattr(certify, "lower_bound", None)
    assert [str(part) for part in job()] == [str(part) for part in first]


def test_a_weak_bound_is_warned_of(job, monkeypatch, caplog):
    with caplog.at_level(logging.WARNING):
        job("answer")
        assert caplog.messages == []
        monkeypatch.setattr(certify, "lower_bound", lambda *given, **named: lower_bound(*given, limit=20_000, **named))
        rows, radii = job("answer", 3)
    assert [message.partition(":")[0] for message in caplog.messages] == ["k = 3"]
    assert rows[0]["complete"] == "False"
    assert float(rows[0]["gap"]) == gap(float(rows[0]["inertia"]), float(rows[0]["lower_bound"]))
    assert len(radii) == (rows[0]["method"] == "dual")
