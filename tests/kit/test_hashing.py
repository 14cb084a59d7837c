import pytest

from greenhood.kit.hashing import UnknownHash, digest, digest_parts, matches


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("sha256", "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        # The example of GB/T 32905-2016, appendix A.1.
        ("sm3", "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    ],
)
def test_hash_says_its_algorithm(algorithm, expected):
    assert digest(b"abc", algorithm=algorithm) == expected
    assert digest_parts([b"a", b"bc"], algorithm=algorithm) == expected


def test_old_hashes_hold_after_the_setting_changes(settings):
    settings.HASH = "sha256"
    stored = digest(b"evidence")

    settings.HASH = "sm3"

    assert digest(b"evidence").startswith("sm3:")
    assert matches(b"evidence", stored) is True
    assert matches(b"forged", stored) is False


def test_unknown_algorithm_is_refused():
    with pytest.raises(UnknownHash, match="md5"):
        matches(b"abc", "md5:900150983cd24fb0d6963f7d28e17f72")
