"""Does google-crc32c compute the checksums of RFC 3720, compiled and in Python?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_the_examples_of_the_standard(evaluate: Evaluate) -> None:
    def program() -> Any:
        import google_crc32c
        from google_crc32c import cext, python

        data = [bytes(32), b"\xff" * 32, bytes(range(32)), bytes(range(31, -1, -1)), b"123456789"]
        checksum = google_crc32c.Checksum()
        for part in b"1234", b"", b"56789":
            checksum.update(part)
        return {
            "implementation": google_crc32c.implementation,
            "compiled": [cext.value(block) for block in data],
            "in Python": [python.value(block) for block in data],
            "in parts": checksum.hexdigest().decode(),
        }

    outcome = evaluate(program)
    # RFC 3720, appendix B.4; the last is the check value of the algorithm.
    values = [0x8A9136AA, 0x62A8AB43, 0x46DD794E, 0x113FDB5C, 0xE3069283]
    assert outcome == {
        "implementation": "c",
        "compiled": values,
        "in Python": values,
        "in parts": "e3069283",
    }
