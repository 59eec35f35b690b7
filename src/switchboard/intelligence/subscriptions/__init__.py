"""Who takes a subscription, who cancels one, whose payment fails: learned from a shop's events, calibrated on its past.

Needed are events of the kinds in `activity`; what is missing of them is said with numbers.
"""
