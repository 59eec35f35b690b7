"""The audience builder's tree: in comes a form or a filter's JSON, out goes the other of the two."""
