"""What a customer buys next: from what they bought, what is bought together, and what sells now. Numbers only.

The model is learned on the shop's own earlier days; what it says is held against what came out of time.
"""
