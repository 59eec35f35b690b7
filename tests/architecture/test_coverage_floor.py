"""The floor under coverage tells the package that is below it."""

import json
from pathlib import Path

import pytest

from tests.architecture import coverage_floor

pytestmark = pytest.mark.slow


def report(folder: Path, ran: dict[str, tuple[int, int]]) -> Path:
    files = {
        path: {"summary": {"covered_lines": covered, "num_statements": lines}} for path, (covered, lines) in ran.items()
    }
    path = folder / "coverage.json"
    path.write_text(json.dumps({"files": files}))
    return path


def test_a_package_below_the_floor_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = report(
        tmp_path,
        {"src/switchboard/customers/orders.py": (84, 100), "src/switchboard/accounts/store/keys.py": (90, 100)},
    )
    assert coverage_floor.main(path) == 1
    assert "customers  is below 85 %" in capsys.readouterr().out


def test_files_of_a_package_count_together(tmp_path: Path):
    path = report(
        tmp_path,
        {
            "src/switchboard/customers/orders.py": (70, 100),
            "src/switchboard/customers/store/orders.py": (100, 100),
            "src/switchboard/customers/__init__.py": (0, 0),
            "src/switchboard/main.py": (85, 100),
        },
    )
    assert coverage_floor.percents(json.loads(path.read_text())) == {"customers": 85.0, "main": 85.0}
    assert coverage_floor.main(path) == 0
