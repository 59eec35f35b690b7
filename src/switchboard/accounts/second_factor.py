"""The second factor: codes of an app on one's telephone (TOTP, RFC 6238), and codes for when it is lost.

The secret is sealed by the vault under the user's id; of the codes for recovery only hashes are kept. A code is good
once, and for half a minute before and after its own.
"""

import base64
import secrets
from datetime import datetime
from uuid import UUID

from pyotp import random_base32
from pyotp.totp import TOTP

from switchboard.accounts import passwords
from switchboard.accounts.secret_words import hashed
from switchboard.accounts.sign_in_records import (
    FactorBegun,
    FactorCode,
    FactorRemoved,
    Proof,
    RecoveryCodes,
    SecondFactor,
)
from switchboard.accounts.store import users as user_store
from switchboard.accounts.store import ways_in as store
from switchboard.foundation.callers import NOBODY, job_caller
from switchboard.foundation.errors import Conflict, Invalid
from switchboard.foundation.ground import Ground, Work

ISSUER = "Switchboard"
STEP_S, SKEW = 30, 1
CODES, CODE_BYTES = 10, 5
WRONG = "the code is wrong, or was used before; take the one the app shows now"


async def state(work: Work) -> SecondFactor:
    """Whether the caller's sign-in asks for a code."""
    kept = await store.factor_of(work, work.caller.id)
    return SecondFactor(is_on=kept.since is not None, since=kept.since, codes_left=kept.codes_left)


async def begin(work: Work, asked: Proof) -> FactorBegun:
    """A secret for the app; raise Conflict when codes are asked for already, Invalid for a wrong password."""
    email = await _proven(work, asked.password.get_secret_value())
    if (await store.factor_of(work, work.caller.id)).since is not None:
        raise Conflict("codes are asked for at sign-in already; turn that off first", code="second_factor_on")
    secret = random_base32()
    await store.set_factor(work, work.caller.id, _sealed(work.ground, work.caller.id, secret))
    return FactorBegun(secret=secret, address=TOTP(secret, name=email, issuer=ISSUER).provisioning_uri())


async def confirm(work: Work, asked: FactorCode) -> RecoveryCodes:
    """Ask for codes from now on; raise Invalid when the app's code is wrong."""
    kept = await store.factor_of(work, work.caller.id)
    if kept.sealed is None or kept.since is not None:
        raise Conflict("begin with a secret for the app first", code="second_factor_not_begun")
    if not await _is_right(work, work.caller.id, kept.sealed, asked.code.get_secret_value()):
        raise Invalid(WRONG, field="code")
    codes = [_new_code() for _ in range(CODES)]
    await store.set_factor(
        work, work.caller.id, kept.sealed, work.now, [_hashed(work.caller.id, code) for code in codes]
    )
    return RecoveryCodes(codes=codes)


async def remove(work: Work, asked: FactorRemoved) -> SecondFactor:
    """Ask for codes no more; raise Invalid for a wrong password or code."""
    await _proven(work, asked.password.get_secret_value())
    kept = await store.factor_of(work, work.caller.id)
    if kept.since is not None and not await _passes(work, work.caller.id, kept, asked.code.get_secret_value()):
        raise Invalid(WRONG, field="code")
    await store.set_factor(work, work.caller.id, None)
    return SecondFactor(is_on=False, since=None, codes_left=0)


async def forget(work: Work, user: UUID) -> None:
    """Ask a user for codes no more: the telephone and the codes for recovery are lost."""
    await store.set_factor(work, user, None)


async def asks_for_code(ground: Ground, user: UUID) -> bool:
    """Whether the user's sign-in asks for a code."""
    async with ground.work(job_caller(NOBODY)) as work:
        return (await store.factor_of(work, user)).since is not None


async def is_passed(ground: Ground, user: UUID, code: str) -> bool:
    """Whether the code is right, of the app or for recovery; it is used up by that."""
    async with ground.work(job_caller(NOBODY)) as work:
        return await _passes(work, user, await store.factor_of(work, user), code)


async def _passes(work: Work, user: UUID, kept: store.KeptFactor, code: str) -> bool:
    if kept.sealed is None:
        return False
    if await _is_right(work, user, kept.sealed, code):
        return True
    return await store.use_recovery(work, user, _hashed(user, code))


async def _is_right(work: Work, user: UUID, sealed: bytes, code: str) -> bool:
    secret = work.ground.vault.open_named(_name(user), sealed).decode()
    step = step_of(secret, code, work.now)
    return step is not None and await store.use_step(work, user, step)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Which half minute the code is of, near now; None for a wrong one."""
    typed, app = "".join(code.split()), TOTP(secret)
    current = int(now.timestamp()) // STEP_S
    near = range(current - SKEW, current + SKEW + 1)
    return next(
        (
            step
            for step in near
            if secrets.compare_digest(app.generate_otp(step), typed.encode().decode("ascii", "replace"))
        ),
        None,
    )


async def _proven(work: Work, password: str) -> str:
    """The caller's e-mail; raise Invalid when it is not their password."""
    if work.caller.kind != "user":
        raise Conflict("only who signs in with a password has a second factor", code="no_password")
    user = await user_store.user(work, work.caller.id)
    account = await user_store.account_of(work, user.email) if user else None
    if user is None or account is None or not await passwords.matches(password, account.password):
        raise Invalid("the password is wrong", field="password")
    return user.email


def _new_code() -> str:
    """Eight letters and digits in two halves, 40 random bits."""
    letters = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower()
    return f"{letters[:4]}-{letters[4:]}"


def _hashed(user: UUID, code: str) -> bytes:
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashed(f"recovery {user} {plain}")


def _name(user: UUID) -> str:
    return f"totp {user}"


def _sealed(ground: Ground, user: UUID, secret: str) -> bytes:
    return ground.vault.seal_named(_name(user), secret.encode())
