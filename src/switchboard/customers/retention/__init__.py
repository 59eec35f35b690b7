"""How long each kind of data is kept: shown with what would go, set by the workspace, applied each night.

Enters: the kinds that rooms declare, and how many days of each the workspace keeps. Leaves: what is older, gone.
"""
