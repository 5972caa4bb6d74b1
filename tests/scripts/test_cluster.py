"""What a fit has found is written, with its restarts."""

from types import SimpleNamespace

import numpy as np
import pytest

from cluster import main
from photopalette.color.table import save_table
from photopalette.files.tables import read_rows
from photopalette.kmeans.fit import fit
from settings import PLAIN, SEARCH
from tables import documented_columns


@pytest.mark.parametrize("fit_on", ["colors", "pixels"])
def test_what_was_found_is_what_is_written(coffee_table, tmp_path, fit_on):
    save_table(tmp_path / "pixels.npz", coffee_table)
    kmeans = {**(SEARCH if fit_on == "colors" else PLAIN), "fit_on": fit_on, "n_init": 3}
    job = SimpleNamespace(
        wildcards=SimpleNamespace(image="a photo", k="4"),
        input=SimpleNamespace(pixels=tmp_path / "pixels.npz"),
        output=SimpleNamespace(clusters=tmp_path / "clusters.npz", restarts=tmp_path / "restarts.csv"),
        params=SimpleNamespace(kmeans=kmeans),
    )
    main(job)
    found = fit(coffee_table, 4, **kmeans)
    with np.load(tmp_path / "clusters.npz", allow_pickle=False) as clusters:
        assert set(clusters) == set(found._fields) - {"restarts", "kept"}, "nothing is kept"
        assert all((clusters[name] == getattr(found, name)).all() for name in clusters)
    rows = read_rows(tmp_path / "restarts.csv")
    assert [list(row) for row in rows] == [documented_columns("restarts.csv")] * len(found.restarts)
    assert [float(row["inertia"]) for row in rows] == pytest.approx([restart[3] for restart in found.restarts])
