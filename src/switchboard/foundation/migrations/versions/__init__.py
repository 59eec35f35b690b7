"""One file a step; the highest number is the head."""
