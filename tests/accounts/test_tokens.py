"""Access tokens: good for a day, only if we signed them, only while their sign-in stands."""

import asyncio
import base64
import json
from datetime import timedelta

import pytest
from joserfc import jws, jwt
from joserfc.jwk import OctKey
from pydantic import SecretStr

from switchboard.accounts import operations
from switchboard.accounts.clients.operations import create_client
from switchboard.accounts.clients.records import ClientCreate
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.records import KeyAdd, KeyRevoke, Workspace
from switchboard.foundation import sql
from switchboard.foundation.callers import NOBODY, Caller, job_caller
from switchboard.foundation.errors import NotAllowed, NotSignedIn
from switchboard.foundation.ground import Ground
from switchboard.foundation.ids import new_id
from tests.accounts.people import Watch, add_user, sign_in

HOUR = timedelta(hours=1)
HEADER, CLAIMS, SIGNATURE = range(3)


@pytest.fixture
async def ana(timed: Ground, workspace: Workspace) -> Caller:
    return await sign_in(timed, await add_user(timed, workspace, "marketer"))


@pytest.fixture
async def token(credentials: Credentials, ana: Caller) -> str:
    return (await credentials.tokens.issue(ana)).access_token


def part(token: str, which: int) -> dict[str, object]:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[which] + "=="))


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def changed(token: str, which: int, **to: object) -> str:
    """The token with another header or claims, and the signature it had."""
    parts = token.split(".")
    parts[which] = encoded(part(token, which) | to)
    return ".".join(parts)


async def refused(credentials: Credentials, token: str) -> None:
    with pytest.raises(NotSignedIn):
        await credentials.caller(token)


async def test_a_token_is_its_user_for_a_day(timed: Ground, credentials: Credentials, ana: Caller, watch: Watch):
    issued = await credentials.tokens.issue(ana)
    assert await credentials.caller(issued.access_token) == ana
    assert issued.expires_in == 24 * 3600
    watch.wait(24 * HOUR - timedelta(seconds=1))
    assert await Credentials(timed, None).caller(issued.access_token) == ana
    watch.wait(10)
    await refused(credentials, issued.access_token)
    await refused(Credentials(timed, None), issued.access_token)


async def test_a_token_of_a_key_is_that_key_until_it_is_revoked(
    timed: Ground, operator: Caller, credentials: Credentials, watch: Watch
):
    client = (await create_client(timed, operator, ClientCreate(name="till"), door="test")).client.id
    asked = KeyAdd(name="shop", permissions=["customers:read"], client=client)
    key = await operations.add_key(timed, operator, asked, door="test")
    caller = await credentials.caller(key.key)
    issued = await credentials.tokens.issue(caller)
    assert await credentials.caller(issued.access_token) == caller
    await operations.revoke_key(timed, operator, KeyRevoke(id=key.id), door="test")
    watch.wait(5)
    await refused(credentials, issued.access_token)


async def test_a_token_names_nothing_but_ids(token: str, ana: Caller):
    assert set(part(token, HEADER)) == {"alg", "kid", "typ"}
    assert set(part(token, CLAIMS)) == {"iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"}
    assert ana.name not in json.dumps(part(token, CLAIMS))


async def test_the_operator_and_jobs_get_no_tokens(credentials: Credentials, operator: Caller):
    for caller in (operator, job_caller(operator.workspace)):
        with pytest.raises(NotAllowed):
            await credentials.tokens.issue(caller)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "EdDSA", "ed25519", ""])
async def test_another_algorithm_than_the_keys_is_refused(credentials: Credentials, token: str, algorithm: str):
    forged = changed(token, HEADER, alg=algorithm)
    await refused(credentials, forged)
    await refused(credentials, forged.rpartition(".")[0] + ".")


async def test_the_public_key_is_no_shared_secret(credentials: Credentials, token: str):
    own = await credentials.signing.signing()
    public = str(own.key.as_dict(private=False)["x"])
    forged = jwt.encode(part(token, HEADER) | {"alg": "HS256"}, part(token, CLAIMS), OctKey.import_key(public))
    await refused(credentials, forged)


@pytest.mark.parametrize("kid", ["ed-unknown", "", "jwt", None, 7, ["ed"]])
async def test_an_unknown_key_is_refused(credentials: Credentials, token: str, kid: object):
    await refused(credentials, changed(token, HEADER, kid=kid))


async def test_a_changed_claim_breaks_the_signature(credentials: Credentials, token: str):
    await refused(credentials, changed(token, CLAIMS, exp=2**33))


@pytest.mark.parametrize(
    "claims",
    [
        {"nbf": 2**33}, {"exp": 1}, {"exp": None}, {"nbf": None}, {"iss": "somebody"}, {"aud": "somebody"},
        {"sid": "nonsense"}, {"sid": None}, {"sid": 7}, {"exp": "soon"}, {"iat": 2**33},
    ],
)  # fmt: skip
async def test_what_we_signed_ourselves_must_make_sense_too(
    credentials: Credentials, token: str, claims: dict[str, object]
):
    key = await credentials.signing.signing()
    made = {name: value for name, value in (part(token, CLAIMS) | claims).items() if value is not None}
    signed = jwt.encode(part(token, HEADER), made, key.key, algorithms=[key.algorithm], default_type=None)
    await refused(credentials, signed)


async def test_a_token_of_another_kind_is_refused(credentials: Credentials, token: str):
    key = await credentials.signing.signing()
    header = part(token, HEADER) | {"typ": "JWT"}
    await refused(credentials, jwt.encode(header, part(token, CLAIMS), key.key, algorithms=[key.algorithm]))
    listed = jws.serialize_compact(part(token, HEADER), b"[1]", key.key, algorithms=[key.algorithm])
    await refused(credentials, listed)


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "e30.e30.e30", "é.a.b", "\ud800", "a" * 100_000])
async def test_what_is_no_token_is_refused(credentials: Credentials, text: str):
    await refused(credentials, text)


async def test_logging_out_ends_the_token_and_its_refresh_token(
    timed: Ground, credentials: Credentials, ana: Caller, watch: Watch
):
    issued = await credentials.tokens.issue(ana)
    elsewhere = Credentials(timed, None)
    assert await elsewhere.caller(issued.access_token)
    await credentials.tokens.logout(issued.access_token)
    await refused(credentials, issued.access_token)
    with pytest.raises(NotSignedIn):
        await credentials.tokens.refresh(issued.refresh_token)
    watch.wait(5)
    await refused(elsewhere, issued.access_token)


async def test_logging_out_ends_no_other_sign_in(credentials: Credentials, ana: Caller):
    first, second = await credentials.tokens.issue(ana), await credentials.tokens.issue(ana)
    await credentials.tokens.logout(first.access_token)
    assert await credentials.caller(second.access_token) == ana


async def test_a_refresh_token_gives_the_next_pair(credentials: Credentials, ana: Caller, watch: Watch):
    issued = await credentials.tokens.issue(ana)
    watch.wait(25 * HOUR)
    await refused(credentials, issued.access_token)
    following = await credentials.tokens.refresh(issued.refresh_token)
    assert await credentials.caller(following.access_token) == ana
    assert following.refresh_token != issued.refresh_token


async def test_a_refresh_token_used_twice_ends_all_of_its_sign_in(credentials: Credentials, ana: Caller, watch: Watch):
    issued = await credentials.tokens.issue(ana)
    following = await credentials.tokens.refresh(issued.refresh_token)
    with pytest.raises(NotSignedIn, match="used before"):
        await credentials.tokens.refresh(issued.refresh_token)
    with pytest.raises(NotSignedIn):
        await credentials.tokens.refresh(following.refresh_token)
    watch.wait(5)
    await refused(credentials, following.access_token)


async def test_of_many_who_refresh_at_once_no_two_are_given_tokens(credentials: Credentials, ana: Caller):
    issued = await credentials.tokens.issue(ana)
    answers = await asyncio.gather(
        *(credentials.tokens.refresh(issued.refresh_token) for _ in range(6)), return_exceptions=True
    )
    assert sum(not isinstance(answer, NotSignedIn) for answer in answers) <= 1


async def test_a_refresh_token_ends_unused_after_thirty_days_and_in_any_case_after_ninety(
    credentials: Credentials, ana: Caller, watch: Watch
):
    unused = await credentials.tokens.issue(ana)
    used = await credentials.tokens.issue(ana)
    for _ in range(3):
        watch.wait(timedelta(days=29))
        used = await credentials.tokens.refresh(used.refresh_token)
    watch.wait(timedelta(days=3))
    for token in (unused, used):
        with pytest.raises(NotSignedIn):
            await credentials.tokens.refresh(token.refresh_token)


async def test_keys_rotate_and_tokens_of_the_one_before_stay_good_until_they_expire(
    timed: Ground, credentials: Credentials, ana: Caller, watch: Watch
):
    before = (await credentials.tokens.issue(ana)).access_token
    await credentials.signing.rotate()
    after = (await credentials.tokens.issue(ana)).access_token
    assert part(before, HEADER)["kid"] != part(after, HEADER)["kid"]
    watch.wait(23 * HOUR)
    elsewhere = Credentials(timed, None)
    assert await elsewhere.caller(before) == await elsewhere.caller(after) == ana
    watch.wait(2 * HOUR)
    assert await elsewhere.signing.verifying(str(part(before, HEADER)["kid"])) is None


async def test_another_process_learns_of_a_new_key_at_once(timed: Ground, credentials: Credentials, ana: Caller):
    elsewhere = Credentials(timed, None)
    await elsewhere.tokens.issue(ana)
    await credentials.signing.rotate()
    assert await elsewhere.caller((await credentials.tokens.issue(ana)).access_token) == ana


async def test_a_key_that_has_signed_for_ninety_days_is_followed_by_another(
    timed: Ground, credentials: Credentials, watch: Watch
):
    await credentials.signing.rotate()
    first = await credentials.signing.signing()
    watch.wait(timedelta(days=90))
    both = [Credentials(timed, None), Credentials(timed, None)]
    made = await asyncio.gather(*(one.signing.signing() for one in both))
    assert made[0].kid == made[1].kid != first.kid


async def test_the_setting_is_the_first_key_and_does_not_come_back_once_retired(
    timed: Ground, ana: Caller, watch: Watch
):
    secret = SecretStr(f"a secret of the test {new_id()}")
    given = Credentials(timed, secret)
    token = (await given.tokens.issue(ana)).access_token
    assert part(token, HEADER)["alg"] == "HS256"
    assert await Credentials(timed, None).caller(token) == ana
    await given.signing.rotate()
    watch.wait(timedelta(days=40))
    await given.signing.rotate()
    assert (await Credentials(timed, secret).signing.signing()).algorithm == "Ed25519"


async def test_signing_keys_lie_sealed(timed: Ground, credentials: Credentials):
    await credentials.signing.rotate()
    private = (await credentials.signing.signing()).key.as_dict(private=True)["d"]
    async with timed.work(job_caller(NOBODY)) as work:
        kept = await sql.fetch(work, "select sealed from secret where name like 'jwt %'")
    assert kept
    assert all(str(private).encode() not in row["sealed"] for row in kept)
