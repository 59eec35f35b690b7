"""The eight behavioural axes, one file each.

In: features and the shop's scale. Out: a position, an uncertainty and a crisp name per customer, and the written
vocabulary with its borders. `axis.py` says what an axis is.
"""
