"""What a customer will do: orders' days go in; probabilities, values and dates with their intervals come out.

Numbers only, fitted per shop on its own past: nothing here reads a database, a clock or a network.
"""
