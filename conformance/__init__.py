"""The official conformance suite of the Model Context Protocol, run against our gateway with what the suite needs."""
