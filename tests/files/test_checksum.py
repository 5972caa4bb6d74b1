"""A checksum is the one that everybody else computes."""

from photopalette.files.checksum import sha256_of


def test_the_checksum_of_three_letters_is_that_of_the_standard(tmp_path):
    """FIPS 180-4's own example."""
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
