"""Measures orjson beside json, and pydantic, natively, in Node or in a page."""

import json
import time
from collections.abc import Callable
from datetime import datetime

import orjson

start = time.perf_counter()
import pydantic  # noqa: E402  (its import is measured)

imported = (time.perf_counter() - start) * 1000


class Line(pydantic.BaseModel):
    product: str
    price: float
    amount: int


class Order(pydantic.BaseModel):
    number: int
    placed: datetime
    customer: str
    lines: list[Line]


def order(number: int) -> dict[str, object]:
    """A document with three lines, about 250 bytes as JSON."""
    lines = [
        {"product": f"tea {each} €", "price": number / 8 + each, "amount": each}
        for each in range(3)
    ]
    placed = f"2026-11-{1 + number % 30:02}T12:00:00Z"
    return {"number": number, "placed": placed, "customer": f"Zoë {number}", "lines": lines}


orders = [order(number) for number in range(2500)]
text = json.dumps(orders, ensure_ascii=False).encode()
one = json.dumps(order(7))


def validate() -> None:
    for _ in range(20_000):
        Order.model_validate_json(one)


KERNELS: dict[str, Callable[[], object]] = {
    "json.loads": lambda: json.loads(text),
    "orjson.loads": lambda: orjson.loads(text),
    "json.dumps": lambda: json.dumps(orders),
    "orjson.dumps": lambda: orjson.dumps(orders),
    "20,000 model_validate_json": validate,
}


def measure(kernel: Callable[[], object]) -> float:
    """The best of five runs in milliseconds, after half a second of warm-up."""
    warm = time.perf_counter() + 0.5
    while time.perf_counter() < warm:
        kernel()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        kernel()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


report = json.dumps(
    {"import pydantic": imported} | {name: measure(kernel) for name, kernel in KERNELS.items()}
)
if __name__ == "__main__":
    print(report)
