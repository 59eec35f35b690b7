"""Addresses of pages, put together."""

from collections.abc import Mapping
from urllib.parse import urlencode


def address_of(path: str, query: Mapping[str, object]) -> str:
    """The path with what is said of the question; nothing for what is empty."""
    said = urlencode({name: value for name, value in query.items() if value not in {None, ""}})
    return f"{path}?{said}" if said else path


def page_after(path: str, query: Mapping[str, object], cursor: object) -> str | None:
    """The next page of a list; None after the last."""
    return address_of(path, {**query, "cursor": cursor}) if cursor else None
