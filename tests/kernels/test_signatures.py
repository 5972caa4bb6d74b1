"""A call that does not agree with the table of arguments is refused before machine code runs."""

import numpy as np
import pytest

from photopalette.kernels.compiled import call
from photopalette.kernels.signatures import Signature

KERNELS = "photopalette.kernels.palette"


def sound():
    """Arguments of a call that works: two points, the cluster 0 of both moved onto the first."""
    return {
        "points": np.array([[0.0, 0, 0], [3, 4, 0]]),
        "weights": np.array([1.0, 2]),
        "cluster": 0,
        "centroid": np.zeros((1, 3)),
        "gaps": np.array([[1.0, 9], [1, 16]]),
        "labels": np.zeros(2, np.int32),
    }


def test_what_agrees_is_called():
    assert call(KERNELS, "moved", **sound()) == 2 * 16
    assert call(KERNELS, "moved", **{**sound(), "cluster": np.int32(1)}) == 2 * 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": None}, "kernel moved: weights has to be float64[n], not NoneType"),
        ({"weights": [1.0, 2.0]}, "weights has to be float64[n], not list"),
        ({"weights": np.ones(2, np.float32)}, "weights has to be float64[n], not float32[2]"),
        ({"weights": np.ones(2, ">f8")}, "weights has to be float64[n], not >f8[2]"),
        ({"weights": np.ones((2, 1))}, "weights has to be float64[n], not float64[2, 1]"),
        ({"weights": np.ones(4)[::2]}, "weights has to be float64[n], not float64[2], not contiguous or not aligned"),
        ({"points": np.zeros((3, 2)).T}, "points has to be float64[n, 3], not float64[2, 3], not contiguous"),
        (
            {"weights": np.frombuffer(bytes(17), np.uint8)[1:].view(np.float64)},
            "weights has to be float64[n], not read-only float64[2], not contiguous or not aligned",
        ),
        ({"cluster": 0.0}, "cluster has to be int64, not float"),
        ({"cluster": np.zeros(1, np.int64)}, "cluster has to be int64, not int64[1]"),
        ({"color": 0}, "the arguments have to be points, weights, cluster, centroid, gaps, labels, not points, "),
    ],
)
def test_what_is_of_another_type_is_refused(change, message):
    with pytest.raises(TypeError) as error:
        call(KERNELS, "moved", **{**sound(), **change})
    assert message in str(error.value)


def test_what_is_missing_is_refused():
    arguments = sound()
    del arguments["labels"]
    with pytest.raises(TypeError, match=r"labels, not points, weights, cluster, centroid, gaps$"):
        call(KERNELS, "moved", **arguments)
    with pytest.raises(TypeError, match=r"not none$"):
        call(KERNELS, "moved")


@pytest.mark.parametrize("name", ["weights", "gaps", "labels"])
@pytest.mark.parametrize("length", [0, 1, 3])
def test_arrays_of_another_length_are_refused(name, length):
    value = sound()[name]
    with pytest.raises(ValueError, match=rf"kernel moved: {name} has to be .*\[n.*\] where n = 2, not .*\[{length}"):
        call(KERNELS, "moved", **{**sound(), name: np.resize(value, (length, *value.shape[1:]))})


def test_a_size_that_is_a_number_is_held_to_it():
    with pytest.raises(ValueError, match=r"centroid has to be float64\[1, 3\] where n = 2, not float64\[2, 3\]"):
        call(KERNELS, "moved", **{**sound(), "centroid": np.zeros((2, 3))})


@pytest.mark.parametrize(("columns", "fits"), [(12, True), (13, False), (9, False)])
def test_sizes_may_be_sums_and_products(columns, fits):
    signature = Signature("starts: int32[runs + 1], sums: float64[runs, width], out room: uint8[3 * width]")
    arrays = {"starts": np.zeros(3, np.int32), "sums": np.zeros((2, 4)), "room": np.zeros(columns, np.uint8)}
    if fits:
        assert signature.pack(arrays)
    else:
        with pytest.raises(ValueError, match=r"room has to be uint8\[3 \* width\] where runs = 2, width = 4"):
            signature.pack(arrays)
    with pytest.raises(ValueError, match=r"sums has to be .* where runs = 3"):
        signature.pack({**arrays, "starts": np.zeros(4, np.int32)})


def test_what_is_written_to_has_to_be_writeable():
    arguments = {"points": np.zeros((2, 3)), "centroids": np.zeros((1, 3)), "gaps": np.zeros((2, 2))}
    labels = np.frombuffer(bytes(8), np.int32)
    with pytest.raises(TypeError, match=r"kernel rank: labels has to be int32\[n\], not read-only int32\[2\]"):
        call(KERNELS, "rank", **arguments, labels=labels)
    arguments["points"].flags.writeable = False
    call(KERNELS, "rank", **arguments, labels=labels.copy())
