"""Forgetting a person on request, and telling them what is held: every place that rooms declare is asked.

Enters: the id of a customer. Leaves: a certificate of what was removed where, without a word of who it was; hashes that
keep them gone; and, on another request, everything that is held of them.
"""
