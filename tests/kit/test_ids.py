from greenhood.kit.ids import uuid7, uuid7_batch


def test_key_is_of_version_7():
    assert uuid7().version == 7


def test_keys_of_a_batch_grow():
    keys = uuid7_batch(10_000)

    assert keys == sorted(set(keys))
