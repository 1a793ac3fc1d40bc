"""Which plug-ins do the tests in ``tests/`` and in ``recipes/*/page/`` share?"""

pytest_plugins = [
    "tests.harness.fixtures",
    "tests.harness.http_clients",
    "tests.harness.page_tests",
]

#: These tests run in the target's Python, when the packages are built.
collect_ignore_glob = ["recipes/*/tests", "channel/bootstrap/*/tests"]
