"""Orders that live in a warehouse: the one feature query goes there, and one row per customer comes back as Arrow.

In: the address of a PostgreSQL, Spark or ClickHouse, and what its table of order lines is called. Out: the features and
the health of a shop, as the mirror gives them. Order lines and whatever reaches a person never come.
"""
