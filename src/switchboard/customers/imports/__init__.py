"""Files come in, clean and typed rows go out: orders with their lines, people, events.

Enters: a CSV, JSONL or Parquet file of any usual dialect (`planning.inspect` says what it is and how it will be read).
Leaves: tables in a scratch DuckDB (`staging.stage`) and a quarantine file of the rows that are wrong, with the reasons.
"""
