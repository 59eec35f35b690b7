"""`switchboard customers search` and `show`: finding somebody, and reading who they are."""

from datetime import datetime
from typing import Annotated

import typer
from pydantic import JsonValue

from switchboard.cli.session import OpenTheHouse, Session, command
from switchboard.customers.contact import Contact
from switchboard.customers.showing.operations import show
from switchboard.customers.showing.records import CustomerAsked, CustomerShown, PlaceShown
from switchboard.foundation.errors import Invalid
from switchboard.foundation.reading import json_in
from switchboard.foundation.records import Record
from switchboard.intelligence.operations.customers import search
from switchboard.intelligence.records import SearchAsked


class Known(Record):
    """An attribute as a line."""

    attribute: str
    value: JsonValue
    from_source: str
    said: str


class Agreed(Record):
    """What holds of one channel and purpose, as a line."""

    channel: str
    purpose: str
    state: str
    since: str


class Did(Record):
    """An event as a line."""

    at: str
    event: str
    what: dict[str, JsonValue]


class CustomerPage(Record):
    """A customer as people read them in a terminal."""

    customer_id: str
    merged_ids: tuple[str, ...]
    name: str | None
    email: str | None
    phone: str | None
    address: str | None
    lives_in: str | None
    orders: int
    last_order: str | None
    events: int
    first_seen: str | None
    last_seen: str | None
    attributes: tuple[Known, ...]
    consent: tuple[Agreed, ...]
    activity: tuple[Did, ...]


def add_customers(cli: typer.Typer, groups: dict[str, typer.Typer], open_house: OpenTheHouse) -> None:
    """The group of commands; every operation of the same group joins them later."""
    group = groups["customers"] = typer.Typer(no_args_is_help=True, help="Customers: found, shown, imported.")
    cli.add_typer(group, name="customers")

    @command(group, "search", open_house)
    def find(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        text: Annotated[str | None, typer.Argument(help="an id, or beginnings of name and e-mail")] = None,
        chosen: Annotated[str | None, typer.Option("--filter", help="JSON: what must hold of them")] = None,
        limit: Annotated[int, typer.Option(help="how many at once")] = 20,
        cursor: Annotated[str | None, typer.Option(help="next_cursor of the page before")] = None,
    ) -> None:
        """Customers by text, by a filter, or both; newest order first."""
        if not (text or chosen):
            raise Invalid("say whom: switchboard customers search TEXT, or --filter JSON", field="text")
        asked: dict[str, object] = {"text": text, "limit": limit, "cursor": cursor}
        if chosen:
            asked["filter"] = json_in(chosen, "--filter")
        session.call(search, SearchAsked.model_validate(asked))

    @command(group, "show", open_house)
    def one(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        customer_id: Annotated[str, typer.Argument(help="their id")],
        events: Annotated[int, typer.Option(help="how many of the newest events")] = 20,
    ) -> None:
        """One customer: contact, place, attributes with their source, consent, and what they did lately."""
        asked = CustomerAsked(customer_id=customer_id, events=events)
        shown = session.run(lambda inside: inside.call(show, asked))
        session.show(shown if session.json else page(shown))


def page(of: CustomerShown) -> CustomerPage:
    """The customer in few words."""
    contact = of.contact or Contact()
    street = (contact.street, " ".join(part for part in (contact.postal_code, contact.city) if part))
    return CustomerPage(
        customer_id=of.customer_id,
        merged_ids=of.merged_ids,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        address=", ".join(part for part in street if part) or None,
        lives_in=_place(of.place),
        orders=of.orders,
        last_order=_day(of.last_order_at),
        events=of.events,
        first_seen=_day(of.first_seen_at),
        last_seen=_day(of.last_seen_at),
        attributes=tuple(
            Known(attribute=each.label, value=each.value, from_source=each.source, said=_day(each.said_at) or "")
            for each in of.attributes
        ),
        consent=tuple(
            Agreed(channel=each.channel, purpose=each.purpose, state=each.state, since=_day(each.since) or "")
            for each in of.consent
        ),
        activity=tuple(
            Did(at=each.at.isoformat(" ", "minutes"), event=each.kind, what=each.properties) for each in of.activity
        ),
    )


def _place(of: PlaceShown) -> str | None:
    named = ", ".join(part for part in (of.city, of.region, of.country) if part)
    if of.lat is None or of.lon is None:
        return f"{named} (not in the gazetteer)" if of.city else named or None
    return f"{named} ({of.lat:.2f}, {of.lon:.2f})"


def _day(at: datetime | None) -> str | None:
    return None if at is None else at.date().isoformat()
