"""A whole data directory in one sealed file, made while it is in use, and brought back into an empty one.

What enters: the database as pg_dump writes it, of one moment, and the files that can not be worked out again. What
leaves: the same, verified row by row, with who was forgotten since staying forgotten.
"""
