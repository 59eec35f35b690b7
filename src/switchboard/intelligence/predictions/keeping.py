"""A fitted model as bytes, and back: every number of it by its path in the record."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, TypeVar, get_args, get_type_hints

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Kind = TypeVar("Kind")


def packed(record: object) -> bytes:
    """A record of numbers, arrays and records of them, compressed."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as arrays:
        for path, array in _flat(record, ""):
            with arrays.open(f"{path}.npy", "w") as out:
                np.lib.format.write_array(out, array, allow_pickle=False)
    return held.getvalue()


def unpacked(kind: type[Kind], held: bytes) -> Kind:
    """The record that was packed; raise ValueError or KeyError for one of another form."""
    with np.load(io.BytesIO(held), allow_pickle=False) as arrays:
        return _built(kind, dict(arrays), "")


def _flat(record: Any, path: str) -> Iterator[tuple[str, Array]]:
    for field in fields(record):
        value = getattr(record, field.name)
        if is_dataclass(value):
            yield from _flat(value, f"{path}{field.name}.")
        elif value is not None:
            yield path + field.name, np.asarray(value)


def _built(kind: type[Kind], arrays: Mapping[str, Array], path: str) -> Kind:
    given = dict[str, object]()
    for name, hint in get_type_hints(kind).items():
        meant, place = _meant(hint), path + name
        if meant in {int, float}:
            given[name] = meant(arrays[place].item())
        elif not isinstance(meant, type):
            given[name] = arrays[place]
        elif any(each.startswith(f"{place}.") for each in arrays):
            given[name] = _built(meant, arrays, f"{place}.")
        else:
            given[name] = None
    return kind(**given)


def _meant(hint: Any) -> Any:
    """The kind of a field; of an optional one, what it is when it is there."""
    return next(each for each in get_args(hint) if each is not type(None)) if isinstance(hint, UnionType) else hint
