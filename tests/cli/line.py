"""A command line to type on: in this process, over a data directory whose PostgreSQL stays up between commands."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from switchboard.cli.app import make_cli
from switchboard.house import open_house

CLI = make_cli(open_house)
ORDERS = "order_id,customer_id,placed_at,product_id,category,quantity,unit_price\n" + "".join(
    f"o{who}-{n},c{who},2026-{1 + (who * 5 + n * 3) % 10:02}-{1 + who % 28:02},p{n},c{n % 3},1,{5 + who % 40}.00\n"
    for who in range(60)
    for n in range(1 + who % 5)
)
DOCUMENTS = ORDERS.count("\n") - 1


@dataclass(frozen=True, kw_only=True)
class Line:
    """Commands in one workspace of a data directory."""

    data_dir: Path
    workspace: str | None = None

    def say(self, *words: str, given: str = "", **environment: str) -> Result:
        """What a command answers, whatever it is."""
        named = ("--workspace", self.workspace) if self.workspace else ()
        return CliRunner(env=environment).invoke(
            CLI, [*words, "--data-dir", str(self.data_dir), *named], input=given
        )  # fmt: skip

    def json(self, *words: str, given: str = "") -> Any:
        """What a command that works answers to machines."""
        said = self.say(*words, "--json", given=given)
        assert said.exit_code == 0, said.output
        return json.loads(said.stdout)

    def refused(self, *words: str, code: int = 1, given: str = "", **environment: str) -> str:
        """The one sentence a command ends with that does not work."""
        said = self.say(*words, given=given, **environment)
        assert said.exit_code == code, said.output
        assert said.stdout == ""
        assert "Traceback" not in said.stderr
        return said.stderr.strip()
