"""Is the callback called while Python code runs, and can it end that code?"""

import unittest

from pyodide_interrupts import check_interrupts


class CheckInterrupts(unittest.TestCase):
    def test_called_every_so_many_events(self) -> None:
        calls: dict[int, int] = {}
        for interval in (10, 20):
            calls[interval] = 0

            def count(interval: int = interval) -> None:
                calls[interval] += 1

            with check_interrupts(count, interval):
                for _ in range(500):
                    pass
        self.assertGreater(calls[20], 20)
        self.assertAlmostEqual(calls[10] / calls[20], 2, delta=0.2)

    def test_an_exception_ends_what_runs(self) -> None:
        def interrupt() -> None:
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt), check_interrupts(interrupt, 100):
            while True:
                pass


if __name__ == "__main__":
    unittest.main()
