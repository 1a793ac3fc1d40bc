"""Do extension modules work that are compiled with the compiler's own flags, and damaged ones?"""

import importlib
import os
import sys
import unittest


class Extensions(unittest.TestCase):
    """Extension modules compiled with the compiler's own flags; EXTENSIONS says where."""

    def setUp(self) -> None:
        sys.path.insert(0, os.environ["EXTENSIONS"])
        self.addCleanup(sys.path.remove, os.environ["EXTENSIONS"])

    def test_functions_with_other_signatures_than_declared(self) -> None:
        import extension

        self.assertEqual(extension.noargs(), 1)
        self.assertEqual(extension.nothing(), 2)
        self.assertEqual(extension.varargs(1, 2), (1, 2))
        self.assertEqual(extension.keywords(1), (1,))

    def test_recursion_through_an_extension(self) -> None:
        import extension

        with self.assertRaises(RecursionError):
            (f := lambda g: extension.recurse(g))(f)

    def test_cpp_exceptions(self) -> None:
        import exceptions

        self.assertEqual(exceptions.at(2), 30)
        with self.assertRaisesRegex(IndexError, "vector"):
            exceptions.at(7)

    def test_a_damaged_module_has_the_same_error_each_time(self) -> None:
        import extension

        with open(extension.__file__, "rb") as file:
            content = file.read()
        path = extension.__file__.replace("extension", "damaged")
        with open(path, "wb") as file:
            file.write(content[:300])
        self.addCleanup(os.remove, path)
        for _ in range(2):
            importlib.invalidate_caches()
            with self.assertRaisesRegex(ImportError, "CompileError"):
                importlib.import_module("damaged")


if __name__ == "__main__":
    unittest.main()
