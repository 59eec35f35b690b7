"""Changes that are safe to ask for: done once though asked twice, and some only when a person said so.

Enters: a change that an operation is asked for, its key or its approval, and people's words about it. Leaves: the first
answer again, an approval that waits, was granted or refused, or was used up.
"""
