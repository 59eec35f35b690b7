"""Who they are and what they did: the store all else reads.

Enters: orders, people and events, from files (`imports`) and later from streams and connectors.
Leaves: one person with their orders, activity, contact and served figures; pages of people; the changes since a
snapshot, for the columnar mirror above.
"""
