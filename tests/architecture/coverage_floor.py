"""Fails when the tests run less than 85 % of a package's lines: `python -m tests.architecture.coverage_floor FILE`."""

import json
import sys
from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import TypedDict

FLOOR_PERCENT = 85


class Summary(TypedDict):
    covered_lines: int
    num_statements: int


class File(TypedDict):
    summary: Summary


class Report(TypedDict):
    """What we read of coverage's JSON report."""

    files: dict[str, File]


def percents(report: Report) -> dict[str, float]:
    """Package below `switchboard` (or module, as `main`) to the percentage of its lines that ran."""
    ran: dict[str, int] = defaultdict(int)
    there: dict[str, int] = defaultdict(int)
    for path, file in report["files"].items():
        package = package_of(PurePosixPath(path))
        ran[package] += file["summary"]["covered_lines"]
        there[package] += file["summary"]["num_statements"]
    return {package: 100 * ran[package] / lines for package, lines in sorted(there.items()) if lines}


def package_of(path: PurePosixPath) -> str:
    parts = path.parts
    return PurePosixPath(parts[len(parts) - parts[::-1].index("switchboard")]).stem


def main(path: Path) -> int:
    found = percents(json.loads(path.read_text()))
    for package, percent in found.items():
        print(f"{percent:6.1f} %  {package}{'' if percent >= FLOOR_PERCENT else f'  is below {FLOOR_PERCENT} %'}")  # noqa: T201 - the report is its output
    return int(any(percent < FLOOR_PERCENT for percent in found.values()))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
