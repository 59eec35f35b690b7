"""The published paths: thin ways to the same operations that `/v1` has."""
