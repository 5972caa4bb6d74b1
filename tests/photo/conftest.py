"""What the tests of photographs share."""

from collections.abc import Callable

import numpy as np
import pytest

from photopalette.photo.decode import decode


@pytest.fixture
def shown(tmp_path) -> Callable[..., np.ndarray]:
    """Decode the bytes of a file to levels, (h, w, 3)."""

    def show(content: bytes, background: str = "white", **options: object) -> np.ndarray:
        (tmp_path / "photo").write_bytes(content)
        return np.asarray(decode(str(tmp_path / "photo"), background, **options)).astype(int)

    return show
