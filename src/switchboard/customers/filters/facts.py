"""Terms about what people did: orders and events, how often, how much and when."""

from collections.abc import Mapping

from switchboard.customers.filters.given import Given, meant, short
from switchboard.customers.filters.terms import Bought, Did, Span
from switchboard.customers.filters.vocabulary import At, Vocabulary

MOST_TIMES = 1_000_000
TIMES = ("times_at_least", "times_at_most")
SPAN = ("within_days", "after", "before")
BOUGHT = ("product", "category", *TIMES, "spent_at_least", "spent_at_most", *SPAN)
DID = ("event", *TIMES, *SPAN)


def bought(given: Given, words: Vocabulary, at: At) -> Bought:
    """Orders that hold a product, or something of a category; any order where neither is given."""
    inner = given.record("bought")["bought"]
    fields = inner.record(*BOUGHT)
    products = categories = None
    if "product" in fields:
        products = tuple(number for each in fields["product"].one_or_more() for number in _products(each, words))
    if "category" in fields:
        categories = tuple(_category(each, words) for each in fields["category"].one_or_more())
    least = fields["spent_at_least"].number() if "spent_at_least" in fields else None
    most = fields["spent_at_most"].number() if "spent_at_most" in fields else None
    if least is not None and most is not None and least > most:
        raise fields["spent_at_most"].wrong("is below spent_at_least; nobody could match")
    return Bought(
        products=products, categories=categories, span=_span(fields, at), times=_times(fields), spent=(least, most)
    )


def did(given: Given, words: Vocabulary, at: At) -> Did:
    """Events of some kinds."""
    inner = given.record("did")["did"]
    fields = inner.record(*DID)
    if "event" not in fields:
        raise inner.wrong("event is missing, as in {'event': 'email_opened'}")
    kinds = tuple(words.events[each.named(words.events, "event")] for each in fields["event"].one_or_more())
    return Did(kinds=kinds, span=_span(fields, at), times=_times(fields))


def _times(fields: Mapping[str, Given]) -> tuple[int, int | None]:
    """How often: at least once, or as is said. With an upper bound alone, never at all is within it."""
    most = fields["times_at_most"].whole(0, MOST_TIMES) if "times_at_most" in fields else None
    least = fields["times_at_least"].whole(0, MOST_TIMES) if "times_at_least" in fields else int(most is None)
    if most is not None and least > most:
        raise fields["times_at_most"].wrong("is below times_at_least; nobody could match")
    return least, most


def _span(fields: Mapping[str, Given], at: At) -> Span:
    """When: all of it before the moment the filter is about."""
    since, until = None, at.second
    if "within_days" in fields:
        since = at.start(fields["within_days"].days())
    if "after" in fields:
        after = fields["after"].moment(at)
        since = after if since is None else max(since, after)
    if "before" in fields:
        until = min(until, fields["before"].moment(at))
    return Span(since=since, until=until)


def _products(given: Given, words: Vocabulary) -> tuple[int, ...]:
    name = given.text()
    found = tuple(words.products(name))
    if not found:
        near = tuple(words.like(name))
        hint = f"did you mean {near[0]!r}?" if near else "write its id or its whole name"
        raise given.wrong(f"there is no product {short(name)!r}; {hint}")
    return found


def _category(given: Given, words: Vocabulary) -> int:
    name = given.text()
    if name in words.categories:
        return words.categories[name]
    folded = {each.casefold(): each for each in words.categories}
    if name.casefold() in folded:
        return words.categories[folded[name.casefold()]]
    raise given.wrong(f"there is no category {short(name)!r}; {meant(name, tuple(words.categories))}")
