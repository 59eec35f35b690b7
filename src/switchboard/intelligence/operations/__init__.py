"""What callers can ask of intelligence."""
