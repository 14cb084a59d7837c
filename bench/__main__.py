"""``python -m bench [name …]``: runs every measurement of this folder, or the named ones, and prints one table.

A measurement is a module with ``run() -> list[Row]``.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from bench.rows import Row, show

NO_MEASUREMENT = {"__init__", "__main__", "rows"}


def names() -> list[str]:
    found = (path.stem for path in sorted(Path(__file__).parent.glob("*.py")))
    return [name for name in found if name not in NO_MEASUREMENT]


def main(wanted: list[str]) -> None:
    if unknown := set(wanted) - set(names()):
        sys.exit(f"no measurement {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    rows: list[Row] = []
    for name in wanted or names():
        print(f"{name} …", file=sys.stderr)
        module = importlib.import_module(f"bench.{name}")
        if hasattr(module, "run"):
            rows += module.run()
    print(show(rows))


if __name__ == "__main__":
    main(sys.argv[1:])
