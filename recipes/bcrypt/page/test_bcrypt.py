"""Does bcrypt hash and check passwords?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_a_password_is_checked_with_its_hash(evaluate: Evaluate) -> None:
    def program() -> Any:
        import bcrypt

        known = b"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
        hashes = {bcrypt.hashpw("pässword".encode(), bcrypt.gensalt(4)) for _ in range(3)}
        return [
            bcrypt.checkpw(b"U*U", known),
            bcrypt.checkpw(b"U*V", known),
            [bcrypt.checkpw("pässword".encode(), each) for each in hashes],
            len(hashes),
        ]

    assert evaluate(program) == [True, False, [True, True, True], 3]


def test_a_wrong_salt_is_an_exception(evaluate: Evaluate) -> None:
    def program() -> Any:
        import bcrypt

        try:
            bcrypt.hashpw(b"password", b"$2b$99$" + 22 * b"a")
        except ValueError as error:
            return str(error)

    assert evaluate(program) == "Invalid salt"
