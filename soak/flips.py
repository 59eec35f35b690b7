"""How long after a switch was turned those who listen know, at whichever serving process they are."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.figures import Figure, percentile, say
from soak.client import Client
from soak.house import until
from soak.mcp_client import McpClient

LISTENERS, PAUSE_S, LATE_S = 8, 0.25, 5.0
CHANGED = "notifications/tools/list_changed"
TARGET_MS = 100


@dataclass(kw_only=True)
class Listener:
    """One who listens, and when it was told."""

    told: list[float] = field(default_factory=list[float])
    is_welcome: bool = False

    def listen(self, client: McpClient) -> None:
        """Until the server ends it, or says nothing for a minute."""
        for method in client.heard(timeout_s=60.0):
            if method == CHANGED:
                self.told.append(time.monotonic())
            else:
                self.is_welcome = True


def flips(client: Client, mcp: McpClient, times: int) -> Iterator[Figure]:
    """Turn a server off and on, and see when each of the listeners hears of it, from before it was asked for."""
    listeners = [Listener() for _ in range(LISTENERS)]
    for each in listeners:
        threading.Thread(target=each.listen, args=(mcp,), daemon=True).start()
    until(lambda: all(each.is_welcome for each in listeners), "a welcome to all who listen")
    say(f"{times} switches before {LISTENERS} who listen")
    asked_s: list[float] = []
    whole: list[float] = []
    after: list[float] = []
    lost = 0
    for turn in range(times):
        before = [len(each.told) for each in listeners]
        began = time.monotonic()
        client.ask("servers.switch", name="monitoring", enabled=turn % 2 == 1)
        answered = time.monotonic()
        while time.monotonic() < began + LATE_S and any(
            len(each.told) == had for each, had in zip(listeners, before, strict=True)
        ):
            time.sleep(0.001)
        heard = [each.told[had] for each, had in zip(listeners, before, strict=True) if len(each.told) > had]
        lost += LISTENERS - len(heard)
        asked_s.append(answered - began)
        whole += [at - began for at in heard]
        after += [max(0.0, at - answered) for at in heard]
        time.sleep(PAUSE_S)
    yield Figure(figure="switches_told", value=len(whole), unit="", target=f">= {times * LISTENERS}")
    yield Figure(figure="switches_not_told", value=lost, unit="", target="<= 0")
    yield Figure(figure="switch_turned_p50", value=1_000 * percentile(asked_s, 0.5), unit="ms")
    yield Figure(figure="switch_told_p50", value=1_000 * percentile(whole, 0.5), unit="ms")
    yield Figure(figure="switch_told_p99", value=1_000 * percentile(whole, 0.99), unit="ms", target=f"<= {TARGET_MS}")
    yield Figure(figure="switch_told_after_answer_p99", value=1_000 * percentile(after, 0.99), unit="ms")
