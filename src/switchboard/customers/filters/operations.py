"""What callers can do with saved filters; what needs the mirror is offered where that is."""

from pydantic import JsonValue, TypeAdapter

from switchboard.customers.filters import audiences
from switchboard.customers.filters.records import FilterRef, FiltersAsked, SavedFilter, SavedFilters
from switchboard.customers.masking import masked, masked_text
from switchboard.customers.profiles import SEE_CONTACT
from switchboard.customers.store import audiences as store
from switchboard.foundation.errors import NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.records import Nothing
from switchboard.foundation.terms import undone_by

READ = TypeAdapter(dict[str, JsonValue])


@operation("customers.filters", title="Saved filters", permission="customers:search", reads=True)
async def filters(work: Work, asked: FiltersAsked) -> SavedFilters:
    """The saved filters of the workspace, by name."""
    rows = await store.page(work, asked.cursor, asked.limit + 1)
    shown = tuple(_as_seen(work, audiences.saved(row)) for row in rows[: asked.limit])
    return SavedFilters(filters=shown, next_cursor=shown[-1].name if len(rows) > asked.limit else None)


@operation("customers.show_filter", title="A saved filter", permission="customers:search", reads=True)
async def show_filter(work: Work, asked: FilterRef) -> SavedFilter:
    """One saved filter with its version."""
    return _as_seen(work, await audiences.named(work, asked.name))


@operation(
    "customers.delete_filter",
    title="Delete a saved filter",
    permission="customers:audiences",
    undo=undone_by("customers.save_filter", "with the filter it had"),
)
async def delete_filter(work: Work, asked: FilterRef) -> Nothing:
    """Forget a saved filter; nobody whom it found is touched."""
    if not await store.delete(work, asked.name):
        raise NotFound(f"there is no saved filter {asked.name!r}; customers.filters lists them")
    return Nothing()


def _as_seen(work: Work, saved: SavedFilter) -> SavedFilter:
    """The filter with addresses and numbers in it hidden from who may not see them."""
    if work.caller.may(SEE_CONTACT):
        return saved
    hidden = READ.validate_python(masked(saved.filter))
    return saved.model_copy(update={"filter": hidden, "about": masked_text(saved.about)})
