"""Attacks by what a request shows of itself: each is refused, and stands in the trail."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncGenerator, Callable
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt

from switchboard.accounts import operations as accounts
from switchboard.accounts.credentials import Credentials
from switchboard.accounts.provider_keys import LARGEST
from switchboard.accounts.provider_tokens import ProviderTokens
from switchboard.accounts.records import KeyAdd, KeyRevoke
from switchboard.foundation import clock
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.settings import OAuthSettings
from switchboard.mcp.resource import Resource
from tests.mcp.attacked import OWNERS_TOOL, PROFILE, Gate, gate, is_refused
from tests.mcp.house import PUBLIC, listening
from tests.mcp.issuer import EC, ROGUE, RSA, SHARED, Issuer, issuing

pytestmark = pytest.mark.slow

OURS = f"{PUBLIC}/mcp"
ROBOT = {"sub": "robot", "client_id": "robot", "aud": OURS}


@pytest.fixture(scope="module")
async def issuer() -> AsyncGenerator[Issuer]:
    async with issuing() as made:
        yield made


@pytest.fixture(scope="module")
async def attacker() -> AsyncGenerator[Issuer]:
    """A server of the attacker's, that nothing of ours may ask anything."""
    async with issuing() as made:
        yield made


@pytest.fixture
async def at(ground: Ground, operator: Caller, issuer: Issuer) -> AsyncGenerator[Gate]:
    """A gateway that trusts the issuer, whose machine `robot` is an analyst here."""
    issuer.asked.clear()
    issuer.metadata, issuer.moved, issuer.padding = {}, {}, 0
    made = await accounts.add_key(ground, operator, KeyAdd(name="robot", role="analyst"), door="test")
    given = OAuthSettings(issuer=issuer.url, keys_url=None, audience="", machines={"robot": str(made.id)})
    resource = Resource(url=PUBLIC, tokens=ProviderTokens(ground, given))
    async with listening(ground, resource=resource) as url, gate(ground, operator, made.key, url) as opened:
        yield opened


def altered(token: str, **claims: Any) -> str:
    """The token with other claims under the same signature."""
    head, body, mark = token.split(".")
    said = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4))) | claims
    return f"{head}.{urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip('=')}.{mark}"


def unsigned(token: str) -> str:
    head = urlsafe_b64encode(b'{"alg":"none","kid":"rsa","typ":"at+jwt"}').decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


def confused(token: str) -> str:
    """The token signed with what is public of the provider's key, as if that were a secret both sides share."""
    head = urlsafe_b64encode(b'{"alg":"HS256","kid":"rsa","typ":"at+jwt"}').decode().rstrip("=")
    words = f"{head}.{token.split('.')[1]}"
    mark = hmac.digest(RSA.as_pem(private=False), words.encode(), "sha256")
    return f"{words}.{urlsafe_b64encode(mark).decode().rstrip('=')}"


def now() -> int:
    return int(clock.now().timestamp())


FORGED: dict[str, Callable[[Issuer], str]] = {
    "expired": lambda by: by.token({**ROBOT, "exp": now() - 60}),
    "of the day after tomorrow": lambda by: by.token({**ROBOT, "nbf": now() + 100_000}),
    "that never ends": lambda by: by.token({**ROBOT, "exp": None}),
    "that ends in words": lambda by: by.token({**ROBOT, "exp": "never"}),
    "signed by another key under the same id": lambda by: by.token(ROBOT, ROGUE),
    "of a key id that is none": lambda by: by.token(ROBOT, header={"kid": "made up"}),
    "of no key id": lambda by: by.token(ROBOT, header={"kid": None}),
    "of another kind of key than its id": lambda by: by.token(ROBOT, EC, {"kid": "rsa"}),
    "without a signature": lambda by: unsigned(by.token(ROBOT)),
    "with its signature cut off": lambda by: by.token(ROBOT).rpartition(".")[0] + ".",
    "signed with the public key as a shared secret": lambda by: confused(by.token(ROBOT)),
    "signed with a shared secret that the provider publishes": lambda by: by.token(ROBOT, SHARED),
    "altered to be somebody else": lambda by: altered(by.token(ROBOT), sub="owner", client_id="owner"),
    "altered to be for us": lambda by: altered(by.token({**ROBOT, "aud": "https://elsewhere.example"}), aud=OURS),
    "for another server": lambda by: by.token({**ROBOT, "aud": "https://elsewhere.example/mcp"}),
    "for a server whose name begins like ours": lambda by: by.token({**ROBOT, "aud": f"{OURS}.evil.example"}),
    "for our house but not our servers": lambda by: by.token({**ROBOT, "aud": PUBLIC}),
    "for nobody": lambda by: by.token({**ROBOT, "aud": None}),
    "for a list of others": lambda by: by.token({**ROBOT, "aud": ["https://a.example", "https://b.example"]}),
    "for thousands": lambda by: by.token({**ROBOT, "aud": [OURS, *(f"x{n}" for n in range(50))]}),
    "of another issuer": lambda by: by.token({**ROBOT, "iss": "https://other.example"}),
    "of an issuer that is called almost the same": lambda by: by.token({**ROBOT, "iss": f"{by.url}/"}),
    "of our own name": lambda by: by.token({**ROBOT, "iss": "switchboard", "aud": "switchboard", "sid": str(uuid4())}),
    "about nobody": lambda by: by.token({**ROBOT, "sub": None}),
    "of a machine that nobody let in": lambda by: by.token({**ROBOT, "sub": "other", "client_id": "other"}),
    "of a person that nobody knows": lambda by: by.token({"sub": "ada", "client_id": "app", "aud": OURS}),
    "of a sign-in": lambda by: by.token({**ROBOT, "nonce": "n"}),
    "of another kind": lambda by: by.token(ROBOT, header={"typ": "secevent+jwt"}),
    "that must be understood further": lambda by: by.token(ROBOT, header={"crit": ["b64"], "b64": True}),
    "of ten thousand letters": lambda by: by.token({**ROBOT, "padding": "x" * 10_000}),
    "of a scope of nothing": lambda by: by.token({**ROBOT, "scope": ""}),
}  # fmt: skip


async def is_told(at: Gate, before: list[tuple[str, str]], outcome: str) -> bool:
    """Whether the trail has exactly one line more, of this outcome, and none of anything that was done."""
    after = await at.lines()
    new = list(after)
    for line in before:
        new.remove(line)
    assert new == [("mcp.request", outcome)]
    return True


@pytest.mark.parametrize("how", FORGED)
async def test_a_token_that_is_not_good_opens_nothing(at: Gate, issuer: Issuer, how: str):
    token = FORGED[how](issuer)
    before = await at.lines()
    answer = await at.call(PROFILE, {"customer_id": "c1"}, {"authorization": f"Bearer {token}"})
    status, code = (403, "insufficient_scope") if how == "of a scope of nothing" else (401, "not_signed_in")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await is_told(at, before, code)


async def test_the_good_token_that_these_were_made_from_is_let_in(at: Gate, issuer: Issuer):
    answer = await at.call(PROFILE, {"customer_id": "c1"}, {"authorization": f"Bearer {issuer.token(ROBOT)}"})
    assert not is_refused(answer)


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c"])
async def test_a_token_that_brings_its_key_along_is_refused_and_nothing_is_fetched(
    at: Gate, issuer: Issuer, attacker: Issuer, name: str
):
    brought: dict[str, Any] = {
        "jku": f"{attacker.url}/keys", "x5u": f"{attacker.url}/keys", "jwk": ROGUE.as_dict(private=False),
        "x5c": ["MIIB"],
    }  # fmt: skip
    attacker.asked.clear()
    head = {"alg": "RS256", "kid": "rsa", "typ": "at+jwt", name: brought[name]}
    claims = {**ROBOT, "iss": issuer.url, "exp": now() + 300, "scope": "mcp:read"}
    before = await at.lines()
    answer = await at.call(PROFILE, {}, {"authorization": f"Bearer {jwt.encode(head, claims, ROGUE, ['RS256'])}"})
    assert answer.status_code == 401
    assert attacker.asked == []
    assert await is_told(at, before, "not_signed_in")


async def test_scopes_give_a_machine_nothing_that_its_key_has_not(at: Gate, issuer: Issuer):
    token = issuer.token({**ROBOT, "scope": "mcp:read mcp:write owners:manage *"})
    answer = await at.call(OWNERS_TOOL, {}, {"authorization": f"Bearer {token}"})
    assert answer.json()["error"]["message"] == f"Unknown tool: {OWNERS_TOOL}"
    assert ("mcp.request", "unknown_tool") in await at.lines()


async def test_no_token_of_a_caller_is_ever_sent_on(at: Gate, issuer: Issuer):
    token = issuer.token(ROBOT)
    for arguments in ({"customer_id": "c1"}, {"customer_id": token}, {"customer_id": issuer.url}):
        await at.call(PROFILE, arguments, {"authorization": f"Bearer {token}"})
    assert {path for path, _ in issuer.asked} == {"/.well-known/openid-configuration", "/keys"}
    for _, headers in issuer.asked:
        assert not {"authorization", "cookie", "x-api-key"} & set(headers)
        assert token not in str(headers)


MISLEADING: dict[str, Callable[[Issuer, Issuer], None]] = {
    "names keys on another host": lambda by, evil: by.metadata.update(jwks_uri=f"{evil.url}/keys"),
    "names keys in a file": lambda by, evil: by.metadata.update(jwks_uri="file:///etc/passwd"),
    "names keys at the cloud's metadata": lambda by, evil: by.metadata.update(jwks_uri="http://169.254.169.254/keys"),
    "hides another host behind a user": lambda by, evil: by.metadata.update(jwks_uri=f"{by.url}@{evil.url[7:]}/keys"),
    "calls itself otherwise": lambda by, evil: by.metadata.update(issuer=evil.url),
    "sends elsewhere for its metadata": lambda by, evil: by.moved.update(
        {"/.well-known/openid-configuration": f"{evil.url}/.well-known/openid-configuration"}
    ),
    "sends elsewhere for its keys": lambda by, evil: by.moved.update({"/keys": f"{evil.url}/keys"}),
    "answers without end": lambda by, evil: setattr(by, "padding", LARGEST * 4),
}


@pytest.mark.parametrize("how", MISLEADING)
async def test_a_provider_that_misleads_has_nobody_else_asked(at: Gate, issuer: Issuer, attacker: Issuer, how: str):
    attacker.asked.clear()
    MISLEADING[how](issuer, attacker)
    before = await at.lines()
    answer = await at.call(PROFILE, {}, {"authorization": f"Bearer {issuer.token(ROBOT)}"})
    assert (answer.status_code, answer.json()["code"]) == (503, "identity_provider")
    assert attacker.asked == []
    assert await is_told(at, before, "identity_provider")


async def test_key_ids_that_are_made_up_do_not_have_the_provider_asked_each_time(at: Gate, issuer: Issuer):
    for turn in range(20):
        token = issuer.token(ROBOT, header={"kid": f"made up {turn}"})
        assert (await at.call(PROFILE, {}, {"authorization": f"Bearer {token}"})).status_code == 401
    assert len(issuer.asked) == 2  # once its metadata, once its keys


async def ended(at: Gate) -> str:
    """An access token of ours, of a sign-in that was ended."""
    credentials = Credentials(at.ground, None)
    tokens = await credentials.tokens.issue(await credentials.caller(at.key))
    await credentials.tokens.logout(tokens.access_token)
    return tokens.access_token


async def refreshing(at: Gate) -> str:
    credentials = Credentials(at.ground, None)
    return (await credentials.tokens.issue(await credentials.caller(at.key))).refresh_token


async def revoked(at: Gate) -> str:
    made = await accounts.add_key(at.ground, at.operator, KeyAdd(name="gone", role="owner"), door="test")
    await accounts.revoke_key(at.ground, at.operator, KeyRevoke(id=made.id), door="test")
    return made.key


async def guessed(at: Gate) -> str:
    return at.key[:-1] + ("A" if at.key[-1] != "A" else "B")


async def relabelled(at: Gate) -> str:
    """Our own token, signed by us, that says of itself to be another caller's."""
    credentials = Credentials(at.ground, None)
    tokens = await credentials.tokens.issue(await credentials.caller(at.key))
    return altered(tokens.access_token, sid=str(uuid4()))


@pytest.mark.parametrize("how", [ended, refreshing, revoked, guessed, relabelled])
async def test_a_credential_of_ours_that_is_none_any_more_opens_nothing(at: Gate, how: Callable[[Gate], Any]):
    word = await how(at)
    before = await at.lines()
    answer = await at.call(PROFILE, {"customer_id": "c1"}, {"authorization": f"Bearer {word}"})
    assert answer.status_code == 401
    assert await is_told(at, before, "not_signed_in")


async def test_a_credential_stands_in_one_header_and_once(at: Gate):
    signed = [("accept", "application/json"), ("content-type", "application/json")]
    bad, good = ("authorization", "Bearer sb_wrong"), ("authorization", f"Bearer {at.key}")
    before = await at.lines()
    for headers in ([bad, good], [good, bad], [("x-api-key", "sb_wrong"), ("x-api-key", at.key)],
                    [good, ("x-api-key", "sb_wrong")], [bad, ("x-api-key", at.key)],
                    [("authorization", f"Basic {at.key}")], []):  # fmt: skip
        answer = await at.http.post(f"/mcp?access_token={at.key}&api_key={at.key}", headers=[*signed, *headers])
        assert answer.status_code == 401
    assert len(await at.lines()) == len(before) + 7
