"""The servers of the MCP gateway: switched, set and rolled out while they run, and how well they do."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from switchboard.accounts import operations as accounts
from switchboard.accounts.records import AuditAsked
from switchboard.console.filled import EMPTY, Filled
from switchboard.console.visits import Visit
from switchboard.foundation.errors import Invalid, SwitchboardError
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.reading import read_values
from switchboard.foundation.records import Nothing

PATH = "/servers"
ACTS = ("switch", "set", "roll_out", "roll_back", "end_rollout")
TOLD = {
    "switch": "{title} is {now}.", "set": "The settings of {title} are kept.",
    "roll_out": "{title} is being rolled out.", "roll_back": "{title} is taken back: nobody is let in.",
    "end_rollout": "{title} is there for everybody.",
}  # fmt: skip
CALLS, LOOKED_AT = 12, 200


async def show(visit: Visit) -> Response:
    """All five."""
    return await _page(visit)


async def change(visit: Visit) -> Response:
    """What a button of a server does."""
    fields = await visit.form()
    act, name = fields.get("do", ""), fields.get("name", "")
    if act not in ACTS:
        raise Invalid(f"there is no such thing to do as {act[:40]!r}", field="do")
    declared = OPERATIONS[f"servers.{act}"]
    try:
        changed = await visit.ask(declared, read_values(declared.asks, {"name": name, **_asked(act, fields)}))
    except SwitchboardError as error:
        return await _page(visit, Filled.after(fields, error), name, status=error.status)
    now = "running" if changed.enabled else "stopped"
    return visit.after(PATH, TOLD[act].format(title=changed.title, now=now))


def _asked(act: str, fields: Mapping[str, str]) -> dict[str, object]:
    match act:
        case "switch":
            return {"enabled": fields.get("enabled") == "yes"}
        case "set":
            return {
                "timeout_s": _number("timeout_s", fields), "per_hour": _number("per_hour", fields),
                "cache_s": _number("cache_s", fields),
                "tools_off": fields.get("tools_off", "").replace(",", " ").split(),
            }  # fmt: skip
        case "roll_out":
            bounds = {
                "most_error_rate": _number("most_error_percent", fields),
                "most_p95_ms": _number("most_p95_ms", fields),
            }
            given = {key: value for key, value in bounds.items() if value is not None}
            if "most_error_rate" in given:
                given["most_error_rate"] = given["most_error_rate"] / 100
            return {"steps": _steps(fields.get("steps", "")), **given}
        case "roll_back":
            return {"reason": fields.get("reason") or "by hand"}
        case _:
            return {}


def _number(name: str, fields: Mapping[str, str]) -> float | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        raise Invalid("write a number, or leave it empty", field=name) from None
    return int(found) if found.is_integer() else found


def _steps(text: str) -> list[dict[str, float]]:
    """Lines such as `10 0`: percent of callers, days after the beginning."""
    found: list[dict[str, float]] = []
    for line in text.splitlines():
        words = line.replace("%", " ").split()
        try:
            percent, days = (float(each) for each in words[:2])
        except ValueError:
            raise Invalid("write percent and days on each line, such as 10 0", field="steps") from None
        found.append({"percent": percent, "after_days": days})
    return found


async def _page(visit: Visit, filled: Filled = EMPTY, at: str = "", *, status: int = 200) -> Response:
    found = await visit.ask(OPERATIONS["servers.list"], Nothing())
    return visit.page("servers.html", {
        "servers": found.servers, "filled": filled, "at": at, "calls": await _calls(visit),
        "may_manage": visit.caller.may(OPERATIONS["servers.set"].permission),
        "address": f"{visit.console.ground.public_url}/mcp",
    }, status)  # fmt: skip


async def _calls(visit: Visit) -> list[Any] | None:
    """The latest calls over MCP among the latest lines of the trail; None for who may not read it."""
    if not visit.caller.may(accounts.list_audit.permission):
        return None
    lines = (await visit.ask(accounts.list_audit, AuditAsked(limit=LOOKED_AT))).lines
    return [each for each in lines if each.door == "mcp"][:CALLS]


PAGES = ((PATH, "GET", show), (PATH, "POST", change))
