"""The schema's history, for Alembic: plain SQL, one file a step."""
