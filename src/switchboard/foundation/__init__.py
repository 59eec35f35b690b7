"""The ground: settings, database, events, jobs, vault, operations. Nothing here knows marketing."""
