"""The soak: our processes killed at random moments of importing, segmenting and serving; nothing may be lost."""
