"""What predictions are fitted from, and how well they were."""

from alembic import op

revision = "0016"
down_revision = "0015"

TABLES = """
-- What was fitted to predict what customers do within so many days: of the run that is served, by horizon. `missing`
-- says what the shop lacks for it.
create table predictor (
    workspace_id uuid not null,
    horizon_days integer not null,
    run bigint not null,
    made_at timestamptz not null,
    missing jsonb not null,
    model bytea,
    primary key (workspace_id, horizon_days));

-- How well it predicts this shop: measured on the last window that has passed, by what was known before it.
create table prediction_quality (
    workspace_id uuid not null,
    horizon_days integer not null,
    cut_day integer not null,
    measured_at timestamptz not null,
    quality jsonb not null,
    primary key (workspace_id, horizon_days, cut_day));

select guard('predictor'), guard('prediction_quality');
"""


def upgrade() -> None:
    op.execute(TABLES)
