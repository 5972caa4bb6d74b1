"""The packages that decide over bytes are known by their versions."""

from importlib.metadata import version

import pytest

from photopalette.run.packages import KERNELS, PNG, SKLEARN, installed


@pytest.mark.parametrize("package", [*KERNELS, *PNG, *SKLEARN])
def test_a_package_that_decides_over_bytes_has_its_version(package):
    assert installed(package) == version(package)


def test_a_package_that_is_not_there_has_no_version():
    assert installed("no-such-package") is None
