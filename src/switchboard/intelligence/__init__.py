"""What customers' orders mean: numbers only.

In: the columnar mirror of the order lines. Out: features, segments on eight axes, archetypes, churn scores,
trends and recommendations, each as plain values that the doors show and other rooms act upon.
"""
