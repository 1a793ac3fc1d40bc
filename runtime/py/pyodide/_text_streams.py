"""How do functions become standard streams?"""

import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class TextStream(io.TextIOBase):
    """A terminal without a file descriptor.

    Args:
        name: The name of the stream, as in ``sys.stdout.name``.
        encoding: The encoding that a program sees. Other characters raise a UnicodeError.
        errors: The error handler of that encoding.
    """

    def __init__(self, name: str, encoding: str = "utf-8", errors: str = "strict") -> None:
        self._name = name
        self._encoding = encoding
        self._errors = errors

    @property
    def name(self) -> str:
        return self._name

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    @property
    def errors(self) -> str:  # type: ignore[override]
        return self._errors

    def isatty(self) -> bool:
        return True


class WriteStream(TextStream):
    """Calls a function with each text that is written.

    Args:
        write: The function. It returns the number of characters that it took; all if it is None.
    """

    def __init__(
        self,
        write: "Callable[[str], int | None]",
        name: str,
        encoding: str = "utf-8",
        errors: str = "strict",
    ) -> None:
        super().__init__(name, encoding, errors)
        self._write = write

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.closed:
            raise ValueError("the stream is closed")
        text = text.encode(self.encoding, self.errors).decode(self.encoding)
        written = self._write(text)
        return len(text) if written is None else written


class ReadStream(TextStream):
    """Calls a function when a program reads.

    Args:
        read: The function. It gets the number of characters that are wanted, -1 for any number, and
            returns a text: more than wanted is kept for the next read; "" is the end.
    """

    def __init__(
        self,
        read: "Callable[[int], str]",
        name: str,
        encoding: str = "utf-8",
        errors: str = "strict",
    ) -> None:
        super().__init__(name, encoding, errors)
        self._read = read
        self._rest = ""

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> str:
        if self.closed:
            raise ValueError("the stream is closed")
        if size is None or size < 0:
            text, self._rest = self._rest + self._read(-1), ""
            return text
        if len(self._rest) < size:
            self._rest += self._read(size - len(self._rest))
        text, self._rest = self._rest[:size], self._rest[size:]
        return text

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        text = self.read(len(self._rest) if "\n" in self._rest and size < 0 else size)
        line, newline, rest = text.partition("\n")
        self._rest = rest + self._rest
        return line + newline
