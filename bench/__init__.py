"""The benchmarks: what the main road costs, measured on a shop that is generated from a seed."""
