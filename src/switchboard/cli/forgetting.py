"""`switchboard customers erase` and `export`, and `switchboard retention`."""

import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from switchboard.cli.session import Inside, OpenTheHouse, Session, command
from switchboard.cli.shown import plain, show
from switchboard.cli.terms import ALL, step, tell
from switchboard.customers.erasure.completing import complete
from switchboard.customers.erasure.operations import access_export, erase, erasure_certificate, preview_erasure
from switchboard.customers.erasure.records import (
    Access,
    AccessAsked,
    Certificate,
    CertificateRef,
    EraseAsked,
    Preview,
    PreviewAsked,
    Told,
)
from switchboard.customers.retention.operations import apply_retention, retention, set_retention
from switchboard.customers.retention.records import ApplyAsked, RetentionApplied, RetentionAsked, RetentionChange
from switchboard.foundation.errors import Invalid, NotFound
from switchboard.foundation.records import Record
from switchboard.foundation.terms import Terms

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="the customer's id, or the e-mail that stands for it")]
ReasonOption = Annotated[str, typer.Option(help="asked, legal or other")]
YesOption = Annotated[bool, typer.Option("--yes", help="do not ask")]


class Written(Record):
    """A file that was written."""

    file: str
    places: int
    entries: int


def add_forgetting(cli: typer.Typer, groups: dict[str, typer.Typer], open_house: OpenTheHouse) -> None:
    """The commands; `customers` is a group that others share."""
    if "customers" not in groups:
        groups["customers"] = typer.Typer(no_args_is_help=True, help="One customer, and all of them.")
        cli.add_typer(groups["customers"], name="customers")
    _erase(groups["customers"], open_house)
    _export(groups["customers"], open_house)
    _retention(cli, open_house)


def _erase(group: typer.Typer, open_house: OpenTheHouse) -> None:
    @command(group, "erase", open_house, ALL)
    def run(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session, customer: IdArgument, reason: ReasonOption = "asked", yes: YesOption = False,
    ) -> None:  # fmt: skip
        """Forget a customer for good, everywhere; shows what would go, and has the id typed once more."""
        terms = session.terms

        async def look(inside: Inside) -> Preview:
            return await inside.call(preview_erasure, PreviewAsked(customer_id=customer))

        async def act(inside: Inside) -> Certificate:
            asked = EraseAsked.model_validate({"customer_id": customer, "confirm": customer, "reason": reason})
            made = await inside.call(erase, asked, terms)
            if terms.dry_run:
                return made
            await complete(inside.ground, inside.caller.workspace)  # a worker would, if there is one
            return await inside.call(erasure_certificate, CertificateRef(certificate_id=made.certificate_id))

        is_sure = yes or terms.dry_run or _is_gone(session, look)
        if not is_sure and _typed("This can not be undone. Type the customer's id to go on: ") != customer:
            raise Invalid("that is another id; nothing was removed", field="confirm")
        session.show(session.run(act))
        tell(terms)


def _is_gone(session: Session, look: Callable[[Inside], Awaitable[Preview]]) -> bool:
    """Whether there is nothing to confirm, as a call with the same key may have done it; else show what would go."""
    try:
        show(session.run(look), error=True)
    except NotFound:
        if session.terms.key is None:
            raise
        return True
    return False


def _export(group: typer.Typer, open_house: OpenTheHouse) -> None:
    @command(group, "export", open_house, ALL)
    def run(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        customer: IdArgument,
        file: Annotated[
            str, typer.Argument(help="a page to read where it ends in .html, else JSON; - is standard output")
        ] = "-",
    ) -> None:
        """Everything that is held of a customer, for themselves."""
        path, terms = Path(file), session.terms
        if file != "-" and not path.absolute().parent.is_dir():
            raise Invalid(f"there is no folder {path.absolute().parent}; make it first", field="file")

        async def act(inside: Inside) -> Access:
            held = await inside.call(access_export, AccessAsked(customer_id=customer), terms)
            whole = [await _whole(inside, customer, of, terms) for of in held.places]
            return held.model_copy(update={"places": tuple(whole)})

        held = session.run(act)
        data = held.model_dump_json(indent=2, exclude={"page"})
        written = Written(file=file, places=len(held.places), entries=sum(len(each.entries) for each in held.places))
        if terms.dry_run:
            session.show(written)
        elif file == "-":
            sys.stdout.write(data + "\n")
        else:
            path.write_text(held.page if path.suffix.lower() in {".html", ".htm"} else data, encoding="utf-8")
            session.show(written)
        tell(terms)


async def _whole(inside: Inside, customer: str, of: Told, terms: Terms) -> Told:
    """A place with all that follows."""
    while of.next_after is not None:
        asked = AccessAsked(customer_id=customer, place=of.place, after=of.next_after)
        on = replace(step(terms, f"{of.place} after {of.next_after}"), dry_run=terms.dry_run)
        more = (await inside.call(access_export, asked, on)).places
        following, entries = (more[0].next_after, more[0].entries) if more else (None, ())
        of = of.model_copy(
            update={"entries": of.entries + entries, "next_after": following, "more": following is not None}
        )
    return of


def _retention(cli: typer.Typer, open_house: OpenTheHouse) -> None:
    @command(cli, "retention", open_house, ALL)
    def run(  # pyright: ignore[reportUnusedFunction] - a command
        session: Session,
        keep: Annotated[
            str | None, typer.Option(metavar="KIND=DAYS", help="keep a kind so long; DAYS may be forever or default")
        ] = None,
        apply: Annotated[bool, typer.Option("--apply", help="remove what is no longer kept")] = False,
        yes: YesOption = False,
    ) -> None:
        """What is kept how long, and how much would go; nothing goes without --apply."""
        terms = session.terms
        if keep is not None:
            session.call(set_retention, _change(keep))
            return
        if not apply:
            session.call(retention, RetentionAsked())
            return

        async def removed(inside: Inside, *, dry_run: bool) -> RetentionApplied:
            return await inside.call(apply_retention, ApplyAsked(dry_run=dry_run), None if dry_run else terms)

        if not (yes or terms.dry_run):
            show(session.run(lambda inside: removed(inside, dry_run=True)), error=True)
            if _typed("This can not be undone. Type yes to go on: ") != "yes":
                raise Invalid("nothing was removed", field="yes")
        session.show(session.run(lambda inside: removed(inside, dry_run=False)))
        tell(terms)


def _typed(asked: str) -> str:
    """What is typed next."""
    typer.echo(asked, err=True, nl=False)
    return sys.stdin.readline().strip()


def _change(said: str) -> RetentionChange:
    kind, _, days = said.partition("=")
    if days in {"forever", "default"}:
        return RetentionChange(kind=kind, for_ever=days == "forever", as_usual=days == "default")
    if not days.isdecimal():
        raise Invalid(f"--keep {plain(said)}: write a kind and days, as in events=365", field="keep")
    return RetentionChange(kind=kind, days=int(days))
