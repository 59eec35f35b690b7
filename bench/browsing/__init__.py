"""Pages of the console with many customers, as a browser asks for them: a search as it is typed, an audience as it is
built, one customer; each from the request to the last byte of its page.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlencode

import httpx2

from bench import shop
from bench.customers import filters
from bench.figures import Figure, median, percentile, say
from bench.place import PROGRAM, Place, free_port
from bench.reading import key_of, until_quiet
from bench.reading.client import one_by_one, visited

EMAIL, PASSWORD = "owner@example.com", "correct horse battery"
SEARCHES, LETTERS = 60, range(2, 9)
ROUNDS = 3
CUSTOMERS = 300


def measure(place: Place, customers: int, workspace: str = "shop-1") -> Iterator[Figure]:
    """The workspace is segmented; contacts of some are there."""
    key, port = key_of(place, workspace), free_port()
    address = f"http://127.0.0.1:{port}"
    place.run("users", "add", EMAIL, "--role", "owner", "--password-stdin", "--workspace", workspace, given=PASSWORD)
    up = [str(PROGRAM), "up", "--port", str(port), "--workers", "1"]
    with place.serving(up, port, {"SWITCHBOARD_PUBLIC_URL": address}):
        say("until nothing runs in the background")
        until_quiet(port, key)
        say("pages of many customers")
        cookie = _signed_in(address)
        typed = [visited(path, cookie) for path in _typed(shop.person_names(customers))]
        yield from _figures("search as you type", one_by_one(port, typed), 200)
        chosen = random.Random(4)
        rounds = [f"/audiences/build?{urlencode({'filter': json.dumps(each)})}"
                  for _ in range(ROUNDS) for each in filters(chosen)]  # fmt: skip
        yield from _figures(
            "an audience as it is built", one_by_one(port, [visited(each, cookie) for each in rounds]), 300
        )
        people = [visited(f"/customers/c{chosen.randrange(customers)}", cookie) for _ in range(CUSTOMERS)]
        yield from _figures("page of a customer", one_by_one(port, people), 150)


def _typed(names: Sequence[tuple[str, str]]) -> list[str]:
    """What is asked while names are typed, letter by letter."""
    chosen = random.Random(2)
    whole = [" ".join(each) for each in chosen.choices(names, k=SEARCHES)]
    return [f"/customers?text={quote(name[:letters])}" for name in whole for letters in LETTERS]


def _figures(name: str, took: Sequence[float], bound: int) -> Iterator[Figure]:
    yield Figure(figure=f"{name}, median", value=median(took), unit="ms")
    yield Figure(figure=f"{name}, p95", value=percentile(took, 0.95), unit="ms", target=f"<= {bound}")


def _signed_in(address: str) -> str:
    """The cookies of somebody who signed in with the form."""
    with httpx2.Client(base_url=address, headers={"Origin": address}) as browser:
        token = re.search(r'name="token" value="([^"]+)"', browser.get("/sign-in").text)
        sent = {"token": token[1] if token else "", "email": EMAIL, "password": PASSWORD, "next": "/"}
        browser.post("/sign-in", data=sent)
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
