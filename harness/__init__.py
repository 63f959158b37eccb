"""People and machines around the tool: tests, benchmarks, campaigns. Talks to isotier through its command line and its JSON only."""
