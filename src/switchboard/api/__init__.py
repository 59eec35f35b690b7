"""Door: HTTP. In come requests, each is translated into one operation; out go its answer or a problem, as JSON."""
