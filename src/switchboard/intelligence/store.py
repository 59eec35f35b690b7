"""All the SQL of intelligence; private to this room."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from switchboard.foundation import sql
from switchboard.foundation.ground import Work
from switchboard.foundation.sql import Row

KEPT = (
    "select run, kind, as_of, as_of_day, made_at, customers, settings::text, scale::text, tree::text, absent::text,"
    " health::text, counts::text, archetypes::text from snapshot"
)
FOLLOWING = 78_010  # of those that bring figures up to date hold
OWN_CLASS = 78_011  # of those that changes of own archetypes hold
MOST_QUALITIES = 100
RUNNING = 78_005  # the class of the advisory locks that segmentations of a workspace hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A snapshot without its people; `settings` to `archetypes` are JSON."""

    run: int
    kind: Literal["run", "past"]
    as_of: datetime
    as_of_day: int
    made_at: datetime
    customers: int
    settings: str
    scale: str
    tree: str
    absent: str
    health: str
    counts: str
    archetypes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What lists and trends need of a snapshot; `counts` is JSON."""

    run: int
    kind: Literal["run", "past"]
    as_of: datetime
    as_of_day: int
    made_at: datetime
    customers: int
    counts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """The people of a snapshot."""

    run: int
    as_of: datetime
    people: bytes


async def lock(work: Work) -> None:
    """Wait until no other segmentation of the workspace runs; held until this unit of work ends."""
    await sql.execute(work, "select pg_advisory_xact_lock($1, hashtext($2))", RUNNING, str(work.caller.workspace))


async def next_run(work: Work) -> int:
    """A number for a run, higher than all before."""
    found = await sql.fetch_value(work, "select nextval('run_number')")
    assert isinstance(found, int)
    return found


async def add_snapshot(work: Work, row: Sequence[object]) -> None:
    """Keep a snapshot.

    Its row: run, kind, as_of, the day of it, customers; settings, scale, tree, absent, health, counts and archetypes
    as JSON; the packed people.
    """
    await sql.execute(
        work,
        "insert into snapshot (workspace_id, made_at, run, kind, as_of, as_of_day, customers, settings, scale, tree,"
        " absent, health, counts, archetypes, people) values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb,"
        " $10::jsonb, $11::jsonb, $12::jsonb, $13::jsonb, $14::jsonb, $15)",
        work.caller.workspace, work.now, *row,
    )  # fmt: skip


async def newest(work: Work) -> Kept | None:
    """The snapshot that is served: the last run's."""
    row = await sql.fetch_row(
        work,
        f"{KEPT} where workspace_id = $1 and kind = 'run' order by run desc limit 1",
        work.caller.workspace,
    )
    return None if row is None else Kept(**dict(row))


async def newest_run(work: Work) -> int | None:
    """The number of the run that is served; None before the first."""
    found = await sql.fetch_value(
        work, "select max(run) from snapshot where workspace_id = $1 and kind = 'run'", work.caller.workspace
    )
    return found if isinstance(found, int) else None


async def before(work: Work, as_of: datetime) -> Kept | None:
    """The last snapshot of this moment or an earlier one."""
    row = await sql.fetch_row(
        work,
        f"{KEPT} where workspace_id = $1 and as_of <= $2 order by as_of desc, run desc limit 1",
        work.caller.workspace,
        as_of,
    )
    return None if row is None else Kept(**dict(row))


async def page(work: Work, until: datetime, at_most: int) -> list[Counted]:
    """The snapshots of this moment and earlier ones, one per moment (the last made), newest moment first."""
    rows = await sql.fetch(
        work,
        "select distinct on (as_of) run, kind, as_of, as_of_day, made_at, customers, counts::text"
        " from snapshot where workspace_id = $1 and as_of <= $2 order by as_of desc, run desc limit $3",
        work.caller.workspace, until, at_most,
    )  # fmt: skip
    return [Counted(**dict(row)) for row in rows]


async def count_snapshots(work: Work) -> int:
    """How many there are."""
    query = "select count(*) from snapshot where workspace_id = $1"
    return int(str(await sql.fetch_value(work, query, work.caller.workspace)))


async def archetype_sizes(work: Work, until: datetime, at_most: int) -> list[tuple[datetime, dict[str, int]]]:
    """Members by archetype id at the snapshots up to a moment, one a month (the last of it), newest first."""
    rows = await sql.fetch(
        work,
        "select as_of, sizes::text from (select distinct on (date_trunc('month', as_of - interval '1 second')) as_of,"
        " (select coalesce(jsonb_object_agg(a ->> 'archetype_id', a -> 'member_count'), '{}')"
        " from jsonb_array_elements(archetypes) a) as sizes from snapshot where workspace_id = $1 and as_of <= $2"
        " order by date_trunc('month', as_of - interval '1 second') desc, as_of desc, run desc limit $3) months"
        " order by as_of desc",
        work.caller.workspace, until, at_most,
    )  # fmt: skip
    return [(row["as_of"], json.loads(row["sizes"])) for row in rows]


async def people(work: Work, run: int) -> bytes:
    """The packed people of a snapshot that is there."""
    found = await sql.fetch_value(
        work, "select people from snapshot where workspace_id = $1 and run = $2", work.caller.workspace, run
    )
    assert isinstance(found, bytes)
    return found


async def unsealed(work: Work, beginning: bytes, at_most: int) -> list[tuple[int, bytes]]:
    """The packed people of snapshots that begin so, with their runs."""
    rows = await sql.fetch(
        work,
        "select run, people from snapshot where workspace_id = $1"
        " and substring(people from 1 for length($2::bytea)) = $2 limit $3",
        work.caller.workspace, beginning, at_most,
    )  # fmt: skip
    return [(row["run"], row["people"]) for row in rows]


async def people_until(work: Work, run: int, until: datetime) -> Packed | None:
    """The packed people of a snapshot of this moment or an earlier one."""
    row = await sql.fetch_row(
        work,
        "select run, as_of, people from snapshot where workspace_id = $1 and run = $2 and as_of <= $3",
        work.caller.workspace, run, until,
    )  # fmt: skip
    return None if row is None else Packed(**dict(row))


async def followed(work: Work) -> Row | None:
    """Up to where the served figures follow the orders: cluster and snapshot; None: not known."""
    return await sql.fetch_row(
        work, "select cluster, snapshot from followed where workspace_id = $1", work.caller.workspace
    )


async def set_followed(work: Work, cluster: str, snapshot: str) -> None:
    """Note up to where they follow."""
    await sql.execute(
        work,
        "insert into followed values ($1, $2, $3) on conflict (workspace_id) do update"
        " set cluster = excluded.cluster, snapshot = excluded.snapshot",
        work.caller.workspace, cluster, snapshot,
    )  # fmt: skip


async def lock_following(work: Work) -> None:
    """Wait until nobody else brings figures of the workspace up to date; held until this unit of work ends."""
    await sql.execute(work, "select pg_advisory_xact_lock($1, hashtext($2))", FOLLOWING, str(work.caller.workspace))


async def all_runs(work: Work) -> list[int]:
    """The numbers of all snapshots."""
    rows = await sql.fetch(work, "select run from snapshot where workspace_id = $1 order by run", work.caller.workspace)
    return [row["run"] for row in rows]


async def set_people(work: Work, run: int, people: bytes) -> None:
    """Write the packed people of a snapshot anew; what was counted of them stays as it was."""
    await sql.execute(
        work, "update snapshot set people = $3 where workspace_id = $1 and run = $2", work.caller.workspace, run, people
    )


async def settings(work: Work) -> str | None:
    """What the workspace set, as JSON."""
    found = await sql.fetch_value(
        work, "select settings::text from intelligence_settings where workspace_id = $1", work.caller.workspace
    )
    return None if found is None else str(found)


async def set_settings(work: Work, settings: str) -> None:
    """Keep what the workspace set, as JSON."""
    await sql.execute(
        work,
        "insert into intelligence_settings values ($1, $2::jsonb, $3)"
        " on conflict (workspace_id) do update set settings = excluded.settings, changed_at = excluded.changed_at",
        work.caller.workspace, settings, work.now,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictorKept:
    """What was fitted for a run; `missing` is JSON, `model` None where nothing was."""

    run: int
    missing: str
    model: bytes | None


async def keep_predictor(work: Work, run: int, horizon: int, missing: str, model: bytes | None) -> None:
    """Keep what was fitted for a run in the place of what was before; `missing` is JSON."""
    await sql.execute(
        work,
        "insert into predictor (workspace_id, horizon_days, run, made_at, missing, model)"
        " values ($1, $2, $3, $4, $5::jsonb, $6) on conflict (workspace_id, horizon_days) do update"
        " set run = excluded.run, made_at = excluded.made_at, missing = excluded.missing, model = excluded.model",
        work.caller.workspace, horizon, run, work.now, missing, model,
    )  # fmt: skip


async def predictor(work: Work, horizon: int) -> PredictorKept | None:
    """What was fitted last for so many days."""
    row = await sql.fetch_row(
        work,
        "select run, missing::text, model from predictor where workspace_id = $1 and horizon_days = $2",
        work.caller.workspace, horizon,
    )  # fmt: skip
    return None if row is None else PredictorKept(**dict(row))


async def keep_quality(work: Work, horizon: int, cut_day: int, quality: str) -> None:
    """Keep how well the shop was predicted from a day on; `quality` is JSON."""
    await sql.execute(
        work,
        "insert into prediction_quality values ($1, $2, $3, $4, $5::jsonb)"
        " on conflict (workspace_id, horizon_days, cut_day) do update"
        " set measured_at = excluded.measured_at, quality = excluded.quality",
        work.caller.workspace, horizon, cut_day, work.now, quality,
    )  # fmt: skip


async def qualities(work: Work, horizon: int) -> list[Row]:
    """The newest measures, newest first: when each was taken, and what as JSON."""
    return await sql.fetch(
        work,
        "select measured_at, quality::text from prediction_quality"
        " where workspace_id = $1 and horizon_days = $2 order by cut_day desc limit $3",
        work.caller.workspace, horizon, MOST_QUALITIES,
    )  # fmt: skip


OWN = "archetype_id, name, about, filter::text as filter, priority, made_at, made_by, changed_at, changed_by"
SAVE_OWN = f"""
insert into custom_archetype (workspace_id, archetype_id, name, about, filter, priority, made_at, made_by, changed_at,
    changed_by)
values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $7, $8)
on conflict (workspace_id, archetype_id) do update set name = excluded.name, about = excluded.about,
    filter = excluded.filter, priority = excluded.priority, changed_at = excluded.changed_at,
    changed_by = excluded.changed_by
returning {OWN}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKept:
    """An archetype of the workspace's own; `filter` is JSON."""

    archetype_id: str
    name: str
    about: str
    filter: str
    priority: int
    made_at: datetime
    made_by: UUID
    changed_at: datetime
    changed_by: UUID


async def own_archetypes(work: Work) -> list[OwnKept]:
    """The workspace's own archetypes, the one that claims first first; they are few."""
    rows = await sql.fetch(
        work,
        f"select {OWN} from custom_archetype where workspace_id = $1 order by priority desc, name",
        work.caller.workspace,
    )
    return [OwnKept(**dict(row)) for row in rows]


async def save_own(work: Work, row: Sequence[object]) -> OwnKept:
    """Keep one: archetype_id, name, about, filter as JSON, priority."""
    (saved,) = await sql.fetch(work, SAVE_OWN, work.caller.workspace, *row, work.now, work.caller.id)
    return OwnKept(**dict(saved))


async def lock_own(work: Work) -> None:
    """Wait until nobody else changes the workspace's own archetypes; held until this unit of work ends."""
    await sql.execute(work, "select pg_advisory_xact_lock($1, hashtext($2))", OWN_CLASS, str(work.caller.workspace))


async def delete_own(work: Work, archetype_id: str) -> bool:
    """Forget one; False when there is none of this id."""
    return bool(
        await sql.execute(
            work,
            "delete from custom_archetype where workspace_id = $1 and archetype_id = $2",
            work.caller.workspace, archetype_id,
        )
    )  # fmt: skip


async def labels(work: Work) -> list[Row]:
    """What the workspace calls archetypes: archetype_id, name (None: as discovered) and is_pinned."""
    return await sql.fetch(
        work,
        "select archetype_id, name, is_pinned from archetype_label where workspace_id = $1",
        work.caller.workspace,
    )


async def set_label(work: Work, archetype_id: str, name: str | None, *, is_pinned: bool) -> None:
    """Call one so, and pin it or not."""
    await sql.execute(
        work,
        "insert into archetype_label values ($1, $2, $3, $4, $5, $6) on conflict (workspace_id, archetype_id) do update"
        " set name = excluded.name, is_pinned = excluded.is_pinned, changed_at = excluded.changed_at,"
        " changed_by = excluded.changed_by",
        work.caller.workspace, archetype_id, name, is_pinned, work.now, work.caller.id,
    )  # fmt: skip


BEGUN = ""  # no question: the row of the run whose answers are kept
KEEP_ANSWER = """
with begun as (select from answer where workspace_id = $1 and question = '' and run = $2 for update)
insert into answer (workspace_id, question, run, made_at, of, answer) select $1, $3, $2, $4, $5, $6 from begun
on conflict (workspace_id, question) do update
    set run = excluded.run, made_at = excluded.made_at, of = excluded.of, answer = excluded.answer
"""


async def begin_answers(work: Work, run: int) -> None:
    """Keep answers of this run from here on, and none of another."""
    await forget_answers(work)
    await sql.execute(
        work,
        "insert into answer (workspace_id, question, run, made_at, of, answer) values ($1, $2, $3, $4, '', '')"
        " on conflict (workspace_id, question) do update set run = excluded.run",
        work.caller.workspace, BEGUN, run, work.now,
    )  # fmt: skip


async def keep_answer(work: Work, run: int, question: str, of: bytes, answer: bytes) -> bool:
    """Keep an answer of the run; False when answers of this run are not kept any more."""
    return bool(await sql.execute(work, KEEP_ANSWER, work.caller.workspace, run, question, work.now, of, answer))


async def answer(work: Work, question: str) -> Row | None:
    """The answer that is kept (`run`, `of`, `answer`)."""
    query = "select run, of, answer from answer where workspace_id = $1 and question = $2"
    return await sql.fetch_row(work, query, work.caller.workspace, question)


async def forget_answers(work: Work) -> int:
    """Forget all answers, and keep none of those that are being worked out; how many."""
    mine = work.caller.workspace
    await sql.execute(work, "delete from answer where workspace_id = $1 and question = $2", mine, BEGUN)
    return await sql.execute(work, "delete from answer where workspace_id = $1", mine)
