"""What goes on while processes die: reads, small changes, and somebody who looks at the whole from outside."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Self

import psycopg

from soak.checks import half_seen
from soak.client import Answer, Client

READ_S, CHANGE_S, LOOK_S = 0.02, 0.2, 0.1
SLOW_S = 1.0
FINE = {0, 200, 503}
DAYS = date(1900, 1, 1)
CURRENCY = "XTS"  # a code kept for tests, so that no order is in it


@dataclass(kw_only=True)
class Traffic:
    """Three readers and writers, running until the block ends; what was answered is noted."""

    client: Client
    database: str
    customers: Sequence[str]
    seed: int
    looking: bool = True
    """Whether somebody looks from outside, which takes long where there is much."""
    reads: list[tuple[str, Answer]] = field(default_factory=list[tuple[str, Answer]])
    rates: dict[date, int] = field(default_factory=dict[date, int])
    odd: Counter[str] = field(default_factory=Counter[str])
    """Answers that are neither well nor "try again"."""
    half: list[str] = field(default_factory=list[str])
    looks: int = 0
    _done: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list[threading.Thread])

    def __enter__(self) -> Self:
        for act, pause_s in (
            (self._read, READ_S),
            (self._read, READ_S),
            (self._change, CHANGE_S),
            *([(self._look, LOOK_S)] if self.looking else []),
        ):
            chance = Random(f"{self.seed} {len(self._threads)}")
            thread = threading.Thread(target=self._again, args=(act, pause_s, chance), daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def answered_reads(self) -> Counter[str]:
        """How often each customer's profile was answered."""
        return Counter(who for who, answer in self.reads if answer.status == 200)

    def away_s(self, since: float, until: float) -> float:
        """How long reads went wrong or took long after a death: until the last such one ended."""
        wrong = [
            answer.ended - since
            for _, answer in self.reads
            if since <= answer.began < until and (answer.status != 200 or answer.ended - answer.began > SLOW_S)
        ]
        return max(wrong, default=0.0)

    def _again(self, act: Callable[[Random], None], pause_s: float, chance: Random) -> None:
        while not self._done.wait(pause_s):
            act(chance)

    def _read(self, chance: Random) -> None:
        who = chance.choice(self.customers)
        answer = self.client.read(who)
        self.reads.append((who, answer))
        self._note(answer)

    def _change(self, _: Random) -> None:
        """Set a rate of a day that has none; it must be there if this is answered."""
        number = len(self.rates) + 1
        day = DAYS + timedelta(days=number)
        asked = {"rates": [{"currency": CURRENCY, "day": day.isoformat(), "rate": str(number)}]}
        answer = self.client.call("POST", "/v1/customers.set_rates", json.dumps(asked).encode())
        if answer.status == 200:
            self.rates[day] = number
        self._note(answer)

    def _look(self, _: Random) -> None:
        try:
            with psycopg.connect(self.database, connect_timeout=5) as connection:
                self.half += half_seen(connection)
                self.looks += 1
        except psycopg.OperationalError:
            time.sleep(LOOK_S)

    def _note(self, answer: Answer) -> None:
        if answer.status not in FINE:
            self.odd[f"{answer.status} {answer.said}"[:200]] += 1
