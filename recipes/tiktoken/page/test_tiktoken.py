"""Does tiktoken encode text with an encoding that a program brings?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_text_becomes_the_longest_tokens_and_text_again(evaluate: Evaluate) -> None:
    def program() -> Any:
        import tiktoken

        ranks = {bytes([byte]): byte for byte in range(256)}
        for pair in (b"he", b"ll", b"hell", b"hello", b" w", "€".encode()[:2]):
            ranks[pair] = len(ranks)
        encoding = tiktoken.Encoding(
            "demo",
            pat_str=r"\p{L}+|\s\p{L}+|\p{N}{1,3}|\s+|[^\s\p{L}\p{N}]+",
            mergeable_ranks=ranks,
            special_tokens={"<|end|>": 1000},
        )
        text = "hello world €12"
        tokens = encoding.encode(text + "<|end|>", allowed_special="all")
        try:
            encoding.encode("<|end|>")
        except ValueError:
            return [tokens, encoding.decode(tokens), encoding.decode_with_offsets(tokens)[1][:4]]

    tokens, text, offsets = evaluate(program)
    assert tokens[:3] == [259, 260, ord("o")]
    assert tokens[-1] == 1000
    assert text == "hello world €12<|end|>"
    assert offsets == [0, 5, 7, 8]


def test_a_panic_of_rust_is_a_python_exception(evaluate: Evaluate) -> None:
    def program() -> Any:
        import tiktoken

        try:
            tiktoken.Encoding(
                "broken", pat_str="x", mergeable_ranks={b"a": 0, b"b": 0}, special_tokens={}
            )
        except BaseException as error:
            return type(error).__name__

    assert evaluate(program) in ("AssertionError", "PanicException")
