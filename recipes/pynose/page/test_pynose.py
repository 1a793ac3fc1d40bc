"""Does ``import nose`` give the assertions and the runner of nose?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_tests_are_found_and_run(evaluate: Evaluate) -> None:
    def program() -> Any:
        import pathlib
        import sys

        import nose

        folder = pathlib.Path("/tmp/nose-tests")
        folder.mkdir(exist_ok=True)
        (folder / "test_sample.py").write_text(
            "from nose.tools import assert_equal, raises\n"
            "def test_sum():\n    assert_equal(1 + 1, 2)\n"
            "@raises(ZeroDivisionError)\ndef test_raises():\n    1 / 0\n"
            "def test_generated():\n    for i in (1, 2):\n        yield check, i\n"
            "def check(i):\n    assert i\n"
        )
        passed = nose.run(argv=["nosetests", str(folder)])
        sys.modules.pop("test_sample", None)
        (folder / "test_sample.py").write_text("def test_wrong():\n    assert 1 == 2\n")
        return [passed, nose.run(argv=["nosetests", str(folder)])]

    assert evaluate(program) == [True, False]
