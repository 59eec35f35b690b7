"""What we may send to whom: statements of consent, addresses that get nothing, and the one question of all sending.

Enters: what people said, per channel and purpose, with its source and proof; addresses to be left alone.
Leaves: whether a person may be contacted, and why not; their history; the suppression list, as hashes.
"""
