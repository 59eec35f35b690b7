"""Filling the two workspaces through the command line, step by step; a step that is done is not done again."""

import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from demo.children import Failed, command
from demo.place import EMAIL, Progress
from demo.shops import Shop

FLAGS = ("mcp_enabled", "mcp_customer_data_enabled")
"""The MCP switches of what is built."""


def fill(shops: tuple[Shop, ...], progress: Progress) -> None:
    """Both shops with their orders, segments, sign-in and key, and the MCP servers switched on."""
    if progress.password is None:
        progress.password = secrets.token_urlsafe(12)
        progress.keep()  # before it is set: a run that is stopped in between knows it
    for name, step in _steps(shops, progress):
        if name in progress.done:
            continue
        print(f"{name} …", end=" ", file=sys.stderr, flush=True)
        began = time.monotonic()
        step()
        progress.finish(name)
        print(f"{time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)


def _steps(shops: tuple[Shop, ...], progress: Progress) -> Iterator[tuple[str, Callable[[], object]]]:
    for shop in shops:
        yield f"{shop.name}: make the workspace", partial(_add_workspace, shop)
        yield f"{shop.name}: import the orders", partial(_import_orders, shop)
        if shop.customers:
            yield f"{shop.name}: import the contacts", partial(_in, shop, "import", "customers", str(shop.customers))
        yield f"{shop.name}: segment", partial(_in, shop, "segment")
        yield f"{shop.name}: add the sign-in", partial(_add_user, shop, progress)
        yield f"{shop.name}: make an API key", partial(_add_key, shop, progress)
    for flag in FLAGS:
        yield f"switch on {flag}", partial(command, "flags", "set", flag, "true")


def _in(shop: Shop, *words: str, given: str = "") -> str:
    return command(*words, "--workspace", shop.name, "--json", given=given)


def _add_workspace(shop: Shop) -> None:
    try:
        command("workspaces", "add", shop.name, "--currency", shop.currency, "--time-zone", shop.time_zone)
    except Failed as failed:
        if "already" not in failed.said:  # made by a run that was stopped before it wrote that down
            raise


def _import_orders(shop: Shop) -> None:
    products = ("--products", str(shop.products)) if shop.products else ()
    _in(shop, "import", "orders", str(shop.orders), "--preset", shop.preset, *products)


def _add_user(shop: Shop, progress: Progress) -> None:
    _in(shop, "users", "add", EMAIL, "--role", "owner", "--password-stdin", given=f"{progress.password}\n")


def _add_key(shop: Shop, progress: Progress) -> None:
    progress.keys[shop.name] = json.loads(_in(shop, "keys", "add", "--name", "demo", "--role", "owner"))["key"]
