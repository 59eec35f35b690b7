"""Files and functions stay small enough to read in one sitting."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = {"src": 400, "tests": 600, "bench": 400, "demo": 400, "soak": 400, "conformance": 400}
LONGEST_FUNCTION = 60


def test_files_and_functions_are_small():
    too_long: list[str] = []
    for folder, longest_file in LONGEST.items():
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text()
            if text.count("\n") > longest_file:
                too_long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    lines = (node.end_lineno or 0) - node.lineno + 1
                    if lines > LONGEST_FUNCTION:
                        too_long.append(f"{path.relative_to(ROOT)}:{node.name}: {lines} lines")
    assert too_long == []


def test_no_room_has_a_drawer_for_everything():
    drawers = {"utils", "helpers", "common", "base", "managers", "core"}
    assert [str(path) for path in (ROOT / "src").rglob("*") if path.stem in drawers] == []
