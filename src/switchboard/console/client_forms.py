"""Forms about clients: from what stands in fields to what an operation asks for, and back."""

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from switchboard.accounts.clients.records import Client
from switchboard.foundation.errors import Invalid
from switchboard.foundation.operations import OPERATIONS

PUBLISHED, ALL, SOME = "published", "all", "some"
WHICH = ((ALL, "All that its role may call"), (PUBLISHED, "The published ones"), (SOME, "Only those named below"))
LISTINGS = (("slim", "The published ones in brief, and tools that find the rest"), ("full", "All of them in full"))
AMOUNTS = ("per_minute", "per_hour", "daily_quota")
LASTS = (("30", "30 days"), ("90", "90 days"), ("365", "A year"), ("", "For good"))


def published_tools() -> list[str]:
    """Tools that have a published name."""
    return sorted(each.tool for each in OPERATIONS.values() if each.tool)


def bounds(fields: Mapping[str, str], zone: ZoneInfo) -> dict[str, object]:
    """How a form bounds a client; raise Invalid for what can not be read."""
    return {
        "listing": fields.get("listing") or "slim",
        "tools_only": _only(fields),
        "tools_off": _words(fields.get("tools_off", "")),
        **{name: _amount(name, fields.get(name, "")) for name in AMOUNTS},
        "tool_limits": _limits(fields.get("tool_limits", "")),
        "expires_at": _ends(fields.get("expires_at", ""), zone),
    }


def as_fields(client: Client, zone: ZoneInfo) -> dict[str, str]:
    """A client as its form shows it."""
    only = client.tools_only
    which = ALL if only is None else PUBLISHED if list(only) == published_tools() else SOME
    return {
        "name": client.name, "klaviyo_account_id": client.klaviyo_account_id or "",
        "enabled": "on" if client.enabled else "", "which": which, "listing": client.listing,
        "tools_only": "\n".join(only or ()), "tools_off": "\n".join(client.tools_off),
        **{name: str(getattr(client, name) or "") for name in AMOUNTS},
        "tool_limits": "\n".join(f"{tool} {most}" for tool, most in client.tool_limits.items()),
        "expires_at": client.expires_at.astimezone(zone).date().isoformat() if client.expires_at else "",
    }  # fmt: skip


def _only(fields: Mapping[str, str]) -> list[str] | None:
    match fields.get("which", ALL):
        case "published":
            return published_tools()
        case "some":
            if named := _words(fields.get("tools_only", "")):
                return named
            raise Invalid("name at least one tool, or let it have all", field="tools_only")
        case _:
            return None


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _amount(name: str, text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or len(text) > 9:
        raise Invalid("write a number, or leave it empty for none", field=name)
    return int(text)


def _limits(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in text.splitlines():
        match line.split():
            case []:
                continue
            case [tool, most] if most.isdecimal() and len(most) <= 9:
                found[tool] = int(most)
            case _:
                raise Invalid("write a tool and a number on each line", field="tool_limits")
    return found


def _ends(text: str, zone: ZoneInfo) -> str | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), zone).isoformat()
    except ValueError:
        raise Invalid("write a day such as 2027-01-31", field="expires_at") from None
