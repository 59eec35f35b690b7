"""Which column is which field: named so, known by another name, similar, or chosen by the user."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import SequenceMatcher, get_close_matches

from switchboard.customers.imports.fields import FIELDS, REQUIRED, Field
from switchboard.customers.imports.languages import NAMES_OF_PEOPLE
from switchboard.customers.imports.presets import Preset, columns_of, simple
from switchboard.customers.imports.records import Kind, Mapped
from switchboard.foundation.errors import Invalid

SURE = 0.88
"""A name as similar as this is taken; from LIKELY on it is suggested."""
LIKELY = 0.62
SYNONYM_CONFIDENCE = 0.95
CATEGORY_LEVELS = ("department", "productcategory", "producttype")
LEFT_OUT = "-"
"""Chosen for a field, it is read from no column, whatever columns are called; a column of this name comes first."""


class ColumnsMissing(Invalid):
    """No column of the file is known to be a field that has to be there.

    `columns` are those to choose from, `known` the ones that were recognised, by their field.
    """

    def __init__(self, message: str, field: str, columns: tuple[str, ...], known: Mapping[str, str]) -> None:
        super().__init__(message, field=field)
        self.columns = columns
        self.known = known


def mapped(
    kind: Kind, columns: tuple[str, ...], preset: Preset | None, chosen: Mapping[str, str]
) -> tuple[tuple[Mapped, ...], tuple[Mapped, ...]]:
    """The mapping in the order of the fields, and suggestions for fields that have none."""
    found = {entry.field: entry for entry in _chosen(kind, columns, chosen)}
    for entry in columns_of(preset, columns) if preset else ():
        found.setdefault(entry.field, entry)
    _by_name(kind, columns, found)
    if kind == "orders" and "customer_id" not in found and _is_read("email", found):
        found["customer_id"] = replace(found["email"], field="customer_id")
    order = {field.name: place for place, field in enumerate(FIELDS[kind])}
    read = [entry for entry in found.values() if entry.columns]
    mapping = tuple(sorted(read, key=lambda entry: order[entry.field]))
    return mapping, _suggested(kind, columns, found)


def _chosen(kind: Kind, columns: tuple[str, ...], chosen: Mapping[str, str]) -> list[Mapped]:
    names = [field.name for field in FIELDS[kind]]
    entries: list[Mapped] = []
    for name, asked in chosen.items():
        if name not in names:
            near = get_close_matches(name, names, 1, 0.5)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise Invalid(f"There is no field {name}.{hint} The fields of {kind} are {', '.join(names)}.", field=name)
        entries.append(Mapped(field=name, columns=_columns_named(name, asked, columns), how="chosen"))
    return entries


def _columns_named(name: str, asked: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """None for a field that is left out."""
    exact = {column: column for column in columns}
    loose = {simple(column): column for column in reversed(columns)}

    def one(part: str) -> str:
        column = exact.get(part) or loose.get(simple(part))
        if column:
            return column
        near = get_close_matches(part, columns, 1, 0.4)
        hint = f" Did you mean --map {name}={near[0]}?" if near else ""
        raise Invalid(f"The file has no column {part}.{hint} Its columns are {', '.join(columns)}.", field=name)

    if asked == LEFT_OUT and asked not in exact:
        return ()
    if asked in exact or simple(asked) in loose:
        return (one(asked),)
    return tuple(one(part.strip()) for part in asked.split("+"))


def _by_name(kind: Kind, columns: tuple[str, ...], found: dict[str, Mapped]) -> None:
    """Exact names first, then synonyms, then similar names; a column is taken once."""
    _by_level(kind, columns, found)
    taken = {column for entry in found.values() for column in entry.columns}
    for how in ("named", "synonym", "similar"):
        for field in FIELDS[kind]:
            if field.name in found or (field.name == "total" and how != "named" and _is_read("unit_price", found)):
                continue
            free = [column for column in columns if column not in taken]
            entry = _match(field, free, how)
            if entry:
                found[field.name] = entry
                taken.update(entry.columns)
    _by_both_names(kind, {simple(column): column for column in columns if column not in taken}, found)


def _is_read(field: str, found: Mapping[str, Mapped]) -> bool:
    return field in found and bool(found[field].columns)


def _by_both_names(kind: Kind, free: Mapping[str, str], found: dict[str, Mapped]) -> None:
    """First and last name, in the order in which the file has them."""
    both = next((pair for pair in NAMES_OF_PEOPLE if set(pair) <= set(free)), None)
    if both and "name" not in found and kind != "events":
        named = tuple(column for name, column in free.items() if name in both)
        found["name"] = Mapped(field="name", columns=named, how="synonym", confidence=SYNONYM_CONFIDENCE)


def _by_level(kind: Kind, columns: tuple[str, ...], found: dict[str, Mapped]) -> None:
    """Categories in columns of their own, one a level."""
    names = {simple(column): column for column in reversed(columns)}
    levels = tuple(names[level] for level in CATEGORY_LEVELS if level in names)
    if kind in {"orders", "products"} and "category" not in {*found, *names} and len(levels) > 1:
        found["category"] = Mapped(field="category", columns=levels, how="synonym", confidence=SYNONYM_CONFIDENCE)


def _match(field: Field, free: list[str], how: str) -> Mapped | None:
    names = {simple(column): column for column in reversed(free)}
    if how == "named":
        column = names.get(simple(field.name))
        return Mapped(field=field.name, columns=(column,), how="named") if column else None
    if how == "synonym":
        for place, also in enumerate(field.also):
            if column := names.get(simple(also)):
                sure = round(max(0.7, SYNONYM_CONFIDENCE - 0.01 * place), 2)
                return Mapped(field=field.name, columns=(column,), how="synonym", confidence=sure)
        return None
    return _most_similar(field, free, SURE)


def _most_similar(field: Field, free: list[str], least: float) -> Mapped | None:
    best, likeness = "", 0.0
    names = [simple(name) for name in (field.name, *field.also)]
    for column in free:
        for name in names:
            ratio = _likeness(simple(column), name, max(least, likeness))
            if ratio > likeness:
                best, likeness = column, ratio
    return Mapped(field=field.name, columns=(best,), how="similar", confidence=round(likeness, 2)) if best else None


def _likeness(one: str, other: str, least: float) -> float:
    """Between 0 and 1; 0 where it is below `least` or the name is too short to tell."""
    if len(one) < 4 or 2 * min(len(one), len(other)) < least * (len(one) + len(other)):
        return 0.0
    ratio = SequenceMatcher(None, one, other).ratio()
    return ratio if ratio >= least else 0.0


def _suggested(kind: Kind, columns: tuple[str, ...], found: dict[str, Mapped]) -> tuple[Mapped, ...]:
    taken = {column for entry in found.values() for column in entry.columns}
    free = [column for column in columns if column not in taken]
    open_fields = [field for field in FIELDS[kind] if field.name not in found]
    likely = [entry for field in open_fields if (entry := _most_similar(field, free, LIKELY))]
    own = next((column for column in free if simple(column) == "id"), None)
    if kind == "orders" and own and "order_id" not in {*found, *(entry.field for entry in likely)}:
        likely.append(Mapped(field="order_id", columns=(own,), how="similar", confidence=LIKELY))
    return tuple(likely)


def check_required(kind: Kind, mapping: tuple[Mapped, ...], columns: tuple[str, ...], nested: str | None) -> None:
    """Invalid naming what is missing, the likeliest column and what to say; `nested` is a column that holds lists."""
    have = {entry.field for entry in mapping}
    for group in REQUIRED[kind]:
        if not have & set(group):
            wrong = _missing(kind, group, mapping, columns) if nested is None else _nested(group, nested)
            known = {entry.field: " + ".join(entry.columns) for entry in mapping}
            raise ColumnsMissing(wrong, group[0], columns, known)


def _nested(group: tuple[str, ...], column: str) -> str:
    return (
        f"No {_called(group)} column, and {column} holds lists: a line must be one item, the rest repeated beside it "
        f"(jq -c '.{column}[] + del(.{column})' FILE)."
    )


def _called(group: tuple[str, ...]) -> str:
    return "price" if group[0] == "unit_price" else group[0]


def _missing(kind: Kind, group: tuple[str, ...], mapping: tuple[Mapped, ...], columns: tuple[str, ...]) -> str:
    taken = {column for entry in mapping for column in entry.columns}
    free = [column for column in columns if column not in taken] or list(columns)
    fields = [field for field in FIELDS[kind] if field.name in group]
    near = next((entry.columns[0] for field in fields if (entry := _most_similar(field, free, 0.55))), None)
    other = f" (or {' or '.join(group[1:])})" if group[1:] else ""
    example = f"--map {group[0]}={near or 'COLUMN'}"
    return f"No {_called(group)} column: say which one it is with {example}{other}. The file has {', '.join(columns)}."
