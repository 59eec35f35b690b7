"""Charts of what was worked out: figures in, Vega-Lite definitions out, each with its text alternative.

One file for each subject, their parts in `parts`, and in `catalogue` which chart is of which operation's answer.
"""
