"""The keys that sign access tokens: sealed by the vault, one signs, those before verify until their tokens expire."""

import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc.jwk import OctKey, OKPKey
from pydantic import SecretStr

from switchboard.accounts.remembered import TRUSTED_S
from switchboard.accounts.store import sessions as store
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.ground import Ground, Work

NAME = "jwt "  # and the key's id, in the table of secrets
SHARED, OWN = "hs-", "ed-"  # how the ids begin of keys given by the setting, and of those made here
TOKEN_LASTS = timedelta(hours=24)
OVERLAP = TOKEN_LASTS + timedelta(minutes=5)  # how long a retired key verifies: others may sign with it a while longer
ROTATED_AFTER = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key, and the only algorithm it is good for."""

    kid: str
    algorithm: str
    key: OctKey | OKPKey
    made_at: datetime
    retires_at: datetime | None


class SigningKeys:
    """The keys as one process knows them; `first` is the setting, where there is one."""

    def __init__(self, ground: Ground, first: SecretStr | None) -> None:
        self._ground = ground
        self._first = None if first is None else first.get_secret_value().encode()
        self._keys: dict[str, SigningKey] = {}  # oldest first
        self._kids: set[str] = set()  # of those, too, that have retired for good
        self._read_at: datetime | None = None

    async def signing(self) -> SigningKey:
        """The key that signs now, made when there is none or it has signed long enough."""
        await self._read_again()
        if self._is_due():
            await self._make(only_if_due=True)
        key = self._newest()
        assert key is not None
        return key

    async def verifying(self, kid: str) -> SigningKey | None:
        """The key of this id, while it verifies; one that is not known may have been made a moment ago."""
        await self._read_again(unless_known=kid)
        key = self._keys.get(kid)
        return key if key and (key.retires_at is None or key.retires_at > self._ground.clock()) else None

    async def rotate(self) -> None:
        """Sign with a new key from now on; tokens of the one before stay good until they expire."""
        await self._make(only_if_due=False)

    def _newest(self) -> SigningKey | None:
        return next((key for key in reversed(self._keys.values()) if key.retires_at is None), None)

    def _is_due(self) -> bool:
        key = self._newest()
        return key is None or self._first_is_new() or self._ground.clock() - key.made_at >= ROTATED_AFTER

    def _first_is_new(self) -> bool:
        """Whether the setting holds a key that never signed here; one that did and retired does not come back."""
        return self._first is not None and _kid_of(self._first) not in self._kids

    async def _make(self, *, only_if_due: bool) -> None:
        async with self._ground.work(job_caller(NOBODY)) as work:
            await self._read(work, alone=True)
            if only_if_due and not self._is_due():
                return  # another process just made it
            kid, secret = self._next(work)
            await store.retire_signing_keys(work, NAME, work.now + OVERLAP)
            await store.add_signing_key(work, NAME + kid, self._ground.vault.seal_named(NAME + kid, secret))
        self._read_at = None
        await self._read_again()  # only now is it kept

    def _next(self, work: Work) -> tuple[str, bytes]:
        """The id of the next key and the key: the setting's when it is new, else one of our own."""
        if self._first is not None and self._first_is_new():
            return _kid_of(self._first), self._first
        made = OKPKey.generate_key("Ed25519", private=True).as_dict(private=True)
        return f"{OWN}{work.ground.ids()}", json.dumps(made).encode()

    async def _read_again(self, *, unless_known: str | None = None) -> None:
        now = self._ground.clock()
        recent = self._read_at is not None and 0 <= (now - self._read_at).total_seconds() < TRUSTED_S
        if not recent or not (unless_known is None or unless_known in self._kids):
            async with self._ground.work(job_caller(NOBODY)) as work:
                await self._read(work)

    async def _read(self, work: Work, *, alone: bool = False) -> None:
        rows = await store.signing_keys(work, NAME, alone=alone)
        self._kids = {row.name.removeprefix(NAME) for row in rows}
        self._keys = {key.kid: key for key in [self._opened(row) for row in rows if row.sealed]}
        self._read_at = work.now

    def _opened(self, row: store.SealedKey) -> SigningKey:
        kid = row.name.removeprefix(NAME)
        known = self._keys.get(kid)
        key = known.key if known else _imported(kid, self._ground.vault.open_named(row.name, row.sealed))
        algorithm = "HS256" if kid.startswith(SHARED) else "Ed25519"
        return SigningKey(kid=kid, algorithm=algorithm, key=key, made_at=row.made_at, retires_at=row.retires_at)


def _imported(kid: str, secret: bytes) -> OctKey | OKPKey:
    return OctKey.import_key(secret) if kid.startswith(SHARED) else OKPKey.import_key(json.loads(secret))


def _kid_of(secret: bytes) -> str:
    """Says which key it is, and nothing of the key."""
    return SHARED + hmac.digest(secret, b"key id", "sha256").hex()[:16]
