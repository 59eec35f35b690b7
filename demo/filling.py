"""Filling the two workspaces through the command line, step by step; a step that is done is not done again."""

import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from demo.place import EMAIL, Progress
from demo.shops import Shop

FLAGS = ("mcp_enabled", "mcp_customer_data_enabled", "mcp_monitoring_enabled")
"""The MCP switches of what is built."""


class Failed(Exception):
    """A command that did not work, with what it said."""


class Command(Protocol):
    """Runs `switchboard` with these words and this standard input; what it prints, or Failed."""

    def __call__(self, *words: str, given: str = "") -> str: ...


def fill(shops: tuple[Shop, ...], progress: Progress, command: Command) -> None:
    """Both shops with their orders, segments, sign-in and key, and the MCP servers switched on."""
    if progress.password is None:
        progress.password = secrets.token_urlsafe(12)
        progress.keep()  # before it is set: a run that is stopped in between knows it
    for name, step in _steps(shops, progress, command):
        if name in progress.done:
            continue
        print(f"{name} …", end=" ", file=sys.stderr, flush=True)
        began = time.monotonic()
        step()
        progress.finish(name)
        print(f"{time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)


def is_filled(shops: tuple[Shop, ...], progress: Progress) -> bool:
    """Whether every step is done."""

    def never(*words: str, given: str = "") -> str:
        raise NotImplementedError

    return all(name in progress.done for name, _ in _steps(shops, progress, never))


def _steps(shops: tuple[Shop, ...], progress: Progress, command: Command) -> Iterator[tuple[str, Callable[[], object]]]:
    for shop in shops:
        inside = _Inside(shop=shop, progress=progress, command=command)
        yield f"{shop.name}: make the workspace", inside.make
        yield f"{shop.name}: import the orders", inside.import_orders
        if shop.customers:
            yield f"{shop.name}: import the contacts", partial(inside, "import", "customers", str(shop.customers))
        yield f"{shop.name}: segment", partial(inside, "segment")
        yield f"{shop.name}: add the sign-in", inside.add_user
        yield f"{shop.name}: make an API key", inside.add_key
    for flag in FLAGS:
        yield f"switch on {flag}", partial(command, "flags", "set", flag, "true")


@dataclass(frozen=True, kw_only=True)
class _Inside:
    """Commands in one shop."""

    shop: Shop
    progress: Progress
    command: Command

    def __call__(self, *words: str, given: str = "") -> str:
        return self.command(*words, "--workspace", self.shop.name, "--json", given=given)

    def make(self) -> None:
        shop = self.shop
        try:
            self.command("workspaces", "add", shop.name, "--currency", shop.currency, "--time-zone", shop.time_zone)
        except Failed as failed:
            if "already" not in str(failed):  # made by a run that was stopped before it wrote that down
                raise

    def import_orders(self) -> None:
        products = ("--products", str(self.shop.products)) if self.shop.products else ()
        self("import", "orders", str(self.shop.orders), "--preset", self.shop.preset, *products)

    def add_user(self) -> None:
        self("users", "add", EMAIL, "--role", "owner", "--password-stdin", given=f"{self.progress.password}\n")

    def add_key(self) -> None:
        made = json.loads(self("keys", "add", "--name", "demo", "--role", "owner"))
        self.progress.keys[self.shop.name] = made["key"]
