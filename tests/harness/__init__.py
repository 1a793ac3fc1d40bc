"""Tools that tests, benchmarks and the quickstart share: a local server and a real browser."""
