"""What makes a change that was asked for twice one change, and lets some be done only when a person said so.

The key of a change and its approval are written in the transaction of what they are about, so that a process that dies
leaves both or neither. First answers and requests are sealed; of keys and requests keyed hashes are kept.
"""

from datetime import timedelta
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.accounts.store import answers
from switchboard.accounts.store import approvals as store
from switchboard.foundation.errors import Conflict, LimitReached
from switchboard.foundation.ground import Work
from switchboard.foundation.terms import Approval, NotGranted, Wanted, keeper
from switchboard.foundation.vault import Place

KEY_HOLDS = timedelta(hours=24)
APPROVAL_LASTS = timedelta(hours=24)
MOST_WAITING = 50  # of one caller
LARGEST = 1_000_000  # bytes of a first answer that is kept
HASH_BYTES = 32
USED_UP = {
    "used": ("it was used already, and is good once", "approval_used"),
    "refused": ("it was refused", "approval_refused"),
    "withdrawn": ("it was withdrawn: whom it is about was forgotten", "approval_withdrawn"),
    "expired": ("it has expired", "approval_expired"),
    "waiting": ("nobody has granted it yet", "approval_waiting"),
}


@keeper
class Kept:
    """First answers and approvals in the workspace's tables."""

    async def first_answer(self, work: Work, wanted: Wanted, key: str) -> bytes | None:
        """What the first call with this key was given; None where this is the first, alone until it has ended."""
        key_hash, request_hash = await _hashes(work, wanted, key)
        if not await answers.alone(work, key_hash):
            raise Conflict(
                "the first call with this idempotency key still runs; ask again in a moment", code="key_busy"
            )
        row = await answers.kept(work, key_hash, work.now - KEY_HOLDS)
        if row is None:
            return None
        if row["request_hash"] != request_hash:
            raise Conflict(
                "this idempotency key was used for another request, or by a caller who might do something else;"
                " take a new key for a new request",
                code="key_reused",
            )
        if row["sealed"] is None:
            raise Conflict(
                f"it was done at {row['at']:%Y-%m-%d %H:%M} UTC, and is not done twice; what it gave is kept no longer,"
                " so read how things stand now",
                code="answer_gone",
            )
        return (await tenants.data_key(work)).open(row["sealed"], answer_place(key_hash))

    async def keep_answer(self, work: Work, wanted: Wanted, key: str, answer: bytes) -> None:
        """Keep what the first call gives, in the transaction of what it did."""
        key_hash, request_hash = await _hashes(work, wanted, key)
        data_key = await tenants.data_key(work)
        sealed = data_key.seal(answer, answer_place(key_hash)) if len(answer) <= LARGEST else None
        await answers.keep(work, key_hash, wanted.operation, request_hash, sealed)

    async def needs_approval(self, work: Work, wanted: Wanted) -> bool:
        """Whether the workspace wants a person's word before this is done."""
        said = await store.rule(work, wanted.operation)
        return wanted.by_default if said is None else said

    async def put_aside(self, work: Work, wanted: Wanted) -> Approval:
        """The approval that waits for this request of this caller, made where there is none."""
        await store.outdate(work)
        hashed, approval = await _request_hash(work, wanted), work.ground.ids()
        row = await store.waiting(work, hashed)
        if row is None:
            if await store.count_waiting(work) >= MOST_WAITING:
                raise LimitReached(
                    f"{MOST_WAITING} changes wait for approval already; have some of them settled first",
                    retry_after_s=60, per_hour=MOST_WAITING,
                )  # fmt: skip
            sealed = (await tenants.data_key(work)).seal(wanted.shown.encode(), request_place(approval))
            await store.put_aside(
                work,
                store.Aside(
                    id=approval, operation=wanted.operation, request_hash=hashed, request=sealed,
                    expires_at=work.now + APPROVAL_LASTS,
                ),
            )  # fmt: skip
            row = await store.waiting(work, hashed)
        assert row is not None, "it was there, or was put there"
        return Approval(id=row["id"], expires_at=row["expires_at"])

    async def use(self, work: Work, wanted: Wanted, approval: UUID, *, at_client: bool) -> None:
        """Use it up, in the transaction of what it allows; raise NotGranted for one that does not allow this."""
        row = await store.one(work, approval)
        if row is None or row["asked_by"] != work.caller.id:
            raise NotGranted(
                f"you asked for no approval {approval}; call without one to ask for it", code="approval_unknown"
            )
        if row["request_hash"] != await _request_hash(work, wanted):
            raise NotGranted(
                f"approval {approval} is of another request; call with the very arguments it was asked for, or without"
                " it to ask for this",
                code="approval_altered",
            )
        if row["state"] != "granted" and not (at_client and row["state"] == "waiting"):
            why, code = USED_UP[row["state"]]
            raise NotGranted(f"approval {approval} does not allow this: {why}", code=code)
        await store.use(work, approval)

    async def refuse(self, work: Work, approval: UUID) -> None:
        """Note that the person at the client said no."""
        row = await store.one(work, approval)
        if row is not None and row["state"] == "waiting":
            await store.settle(work, approval, "refused")


def answer_place(key_hash: bytes) -> Place:
    """Where a first answer lies sealed."""
    return Place(table="answer_kept", field="sealed", row=key_hash.hex())


def request_place(approval: UUID) -> Place:
    """Where a request lies sealed."""
    return Place(table="approval", field="request", row=str(approval))


async def _hashes(work: Work, wanted: Wanted, key: str) -> tuple[bytes, bytes]:
    """The key as this caller's, and the request by what the caller may do: another may be answered more, or less."""
    data_key, caller = await tenants.data_key(work), work.caller
    may = " ".join(sorted(caller.permissions))
    return (
        data_key.hasher("idempotency keys").digest(f"{caller.id} {key}", size=HASH_BYTES),
        data_key.hasher("requests").digest(f"{may} {wanted.words}", size=HASH_BYTES),
    )


async def _request_hash(work: Work, wanted: Wanted) -> bytes:
    return (await tenants.data_key(work)).hasher("approvals").digest(wanted.words, size=HASH_BYTES)
