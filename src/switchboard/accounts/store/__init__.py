"""All reads and writes of accounts; private to this room."""
