"""Where people live: one place however it is written, and its coordinates."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from switchboard.customers.places import gazetteer
from switchboard.customers.places.countries import country_code
from switchboard.customers.places.gazetteer import NOWHERE, Gazetteer, Place, Written, places_of
from switchboard.customers.places.regions import WITH_CITIES, regions_of
from switchboard.customers.showing.operations import show
from switchboard.customers.showing.records import CustomerAsked, PlaceShown
from switchboard.foundation.ground import Ground
from tests.shop import Shop, open_shop, orders


def place(data_dir: Path, **written: str) -> Place:
    (found,) = places_of(data_dir, [Written(**written)]).values()
    return found


@pytest.mark.parametrize(
    ("written", "country", "region"),
    [
        ({"city": "Springfield"}, "US", "Missouri"),  # the largest of them
        ({"city": "Springfield", "region": "IL"}, "US", "Illinois"),
        ({"city": "springfield", "region": "Massachusetts", "country": "USA"}, "US", "Massachusetts"),
        ({"city": "Springfield, IL"}, "US", "Illinois"),
        ({"city": "London"}, "GB", "England"),
        ({"city": "London", "country": "Canada"}, "CA", "Ontario"),
        ({"city": "London", "region": "Ontario"}, "CA", "Ontario"),
        ({"city": "London", "country": "UK", "region": "nobody knows"}, "GB", "England"),
        ({"city": "Wien", "country": "Österreich"}, "AT", "Wien"),
        ({"city": "Vienna", "country": "US", "region": "VA"}, "US", "Virginia"),
        ({"city": "sao paulo", "country": "Brasil", "region": "SP"}, "BR", "São Paulo"),
        ({"city": "St. Louis", "country": "US"}, "US", "Missouri"),
        ({"city": "Halle", "country": "DE"}, "DE", "Sachsen-Anhalt"),  # not the smaller one whose own name it is
        ({"city": "Paris 16", "country": "France"}, "FR", None),
    ],
)
def test_of_cities_of_a_name_the_largest_in_the_region_and_country_is_meant(
    data_dir: Path, written: Mapping[str, str], country: str, region: str | None
):
    found = place(data_dir, **written)
    assert (found.country, found.region) == (country, region)
    assert found.lat is not None


@pytest.mark.parametrize("name", ["München", "munich", "MUENCHEN", "Munchen", "Mu\u0308nchen", "Мюнхен"])
def test_a_city_is_the_same_in_any_spelling(data_dir: Path, name: str):
    found = place(data_dir, city=name, country="Deutschland")
    assert (found.city, found.country, found.region) == ("Munich", "DE", "Bayern")
    assert (found.lat, found.lon) == (pytest.approx(48.137, abs=0.01), pytest.approx(11.575, abs=0.01))


def test_a_city_nobody_knows_is_kept_as_it_was_written_and_has_no_coordinates(data_dir: Path):
    found = place(data_dir, city=" Nowhere  Ville ", region="ON", country="GBR")
    assert found == Place(country="GB", region="ON", city="Nowhere Ville")
    assert place(data_dir, city="Nowhere", region="ON", country="CA").region == "Ontario"


def test_without_a_city_there_is_a_country_and_region_alone(data_dir: Path):
    assert place(data_dir) == NOWHERE
    assert place(data_dir, city="", country="Germany", region="BY") == Place(country="DE", region="Bayern")
    assert place(data_dir, city="12345", country="Narnia") == Place(country="Narnia", city="12345")


@pytest.mark.parametrize(
    ("written", "code"),
    [("United Kingdom", "GB"), ("uk", "GB"), ("GBR", "GB"), ("gb", "GB"), ("EIRE", "IE"), ("U.S.A.", "US"),
     ("Deutschland", "DE"), ("Türkiye", "TR"), ("Côte d'Ivoire", "CI"), ("The Netherlands", "NL"), ("Narnia", None),
     ("", None), ("Korea, Republic of", "KR")],
)  # fmt: skip
def test_a_country_has_two_letters_however_it_is_written(written: str, code: str | None):
    assert country_code(written) == code


def test_every_city_lies_on_earth_and_some_near_its_edges(data_dir: Path):
    folder = gazetteer.folder_of(data_dir)
    gazetteer.opened(data_dir)
    cities: Any = np.load(folder / "cities.npy")
    assert np.abs(cities["lat"]).max() <= 90
    assert np.abs(cities["lon"]).max() <= 180
    assert (cities["lon"] > 178).any()
    assert place(data_dir, city="Longyearbyen").lat == pytest.approx(78.22, abs=0.01)
    assert place(data_dir, city="Suva", country="FJ").lon == pytest.approx(178.44, abs=0.05)


@pytest.mark.parametrize("country", sorted(WITH_CITIES))
def test_each_region_has_a_city_that_tells_its_number_and_no_two_have_the_same(data_dir: Path, country: str):
    numbers = Gazetteer(gazetteer.folder_of(data_dir)).numbers(country)
    assert len(numbers) == len({each.code for each in regions_of(country)})


@pytest.mark.slow
def test_several_who_make_the_tables_at_once_keep_the_first(data_dir: Path):
    folder = gazetteer.folder_of(data_dir)
    gazetteer.opened(data_dir)
    before = (folder / "cities.npy").stat().st_ino
    gazetteer.make(folder)
    assert (folder / "cities.npy").stat().st_ino == before
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    return await open_shop(ground)


async def lives(shop: Shop, customer: str = "c1") -> PlaceShown:
    return (await show(shop.ground, shop.caller, CustomerAsked(customer_id=customer), door="test")).place


async def test_people_of_a_file_get_a_place_and_undoing_it_gives_the_place_before(shop: Shop):
    await shop.bring("customer_id,city,country\nc1,München,Germany\nc2,Nowhere,\n", "customers")
    assert (await lives(shop)).city == "Munich"
    assert (await lives(shop, "c2")).model_dump() == {
        "country": None, "region": None, "city": "Nowhere", "lat": None, "lon": None
    }  # fmt: skip
    moved = await shop.bring("customer_id,city,state,country\nc1,London,ON,Canada\n", "customers")
    assert (await lives(shop)).model_dump() == {
        "country": "CA", "region": "Ontario", "city": "London", "lat": pytest.approx(42.98, abs=0.01),
        "lon": pytest.approx(-81.23, abs=0.01),
    }  # fmt: skip
    await shop.undo(moved)
    assert ((await lives(shop)).city, (await lives(shop)).country) == ("Munich", "DE")


async def test_a_city_alone_tells_its_country_and_orders_do_not_take_it_away(shop: Shop):
    await shop.bring("customer_id,city\nc1,Lyon\n", "customers")
    await shop.bring(orders("o1,c1,2024-03-01T10:00,p1,Tea,Drinks,1,10,,"))
    await shop.undo(await shop.bring(orders("o2,c1,2024-03-02T10:00,p1,Tea,Drinks,1,10,,")))
    assert ((await lives(shop)).country, (await lives(shop)).city) == ("FR", "Lyon")
