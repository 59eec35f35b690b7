"""Clients: who consumes what a workspace offers, each with keys and bounds of its own.

What enters: how a client is set. What leaves: its settings, its keys' first words, and what the trail says of its use.
"""
