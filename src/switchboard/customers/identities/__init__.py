"""One person, however often they are known: what identifies people, and who is merged with whom.

Enters: e-mails and phones as files and people tell them, verified or not; merges and un-merges by hand.
Leaves: who is one person, and why; suggestions where nothing is verified; news of every change.
"""
