"""Does help() find its texts? Run with bin/python in an environment with python-doc."""

import contextlib
import io
import pydoc
import unittest


def shown(topic: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        pydoc.Helper(output=output)(topic)
    return output.getvalue()


class Help(unittest.TestCase):
    def test_a_keyword(self) -> None:
        self.assertIn('The "for" statement', shown("for"))

    def test_a_symbol(self) -> None:
        self.assertIn("Related help topics:", shown("+"))

    def test_every_topic_keyword_and_symbol_has_a_text(self) -> None:
        helper = pydoc.Helper
        names = [*helper.topics, *helper.keywords, *helper.symbols]
        lacking = [name for name in names if "no documentation found" in shown(name)]
        self.assertEqual(lacking, ["`"])  # of Python 2, and CPython still lists it
        self.assertGreater(min(len(shown(name)) for name in names if name not in lacking), 100)


if __name__ == "__main__":
    unittest.main()
