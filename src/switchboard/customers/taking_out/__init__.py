"""Contacts leaving the house: of those who may be contacted, for a stated purpose.

Enters: ids of customers, a channel and a purpose. Leaves: a file of their names and addresses, counted in the trail.
"""
