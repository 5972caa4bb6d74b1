"""What a later run reads is there whole, or as it was before."""

import os

import pytest

from photopalette.files.writing import write_whole
from project import no_room


def test_a_file_is_written_with_its_folder_and_permissions(tmp_path):
    path = tmp_path / "a/b/record"
    write_whole(path, b"first", 0o600)
    assert path.read_bytes() == b"first"
    assert path.stat().st_mode & 0o777 == 0o600
    write_whole(path, b"second", 0o755)
    assert path.read_bytes() == b"second"
    assert path.stat().st_mode & 0o777 == 0o755
    write_whole(path.with_name("plain"), b"")
    (tmp_path / "usual").touch()
    assert path.with_name("plain").stat().st_mode == (tmp_path / "usual").stat().st_mode
    assert sorted(os.listdir(path.parent)) == ["plain", "record"]


def test_where_there_is_no_room_all_is_as_before(tmp_path):
    path = tmp_path / "record"
    path.write_bytes(b"before")
    with no_room(), pytest.raises(OSError, match="too large"):
        write_whole(path, b"x" * 1000)
    assert path.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["record"]
