"""Switchboard: what customers do comes in, what it means is worked out, people and machines ask for it."""
