"""Does code that limits threads run where there are none?"""

import numpy as np
from threadpoolctl import ThreadpoolController, threadpool_info, threadpool_limits


def test_there_is_no_pool_of_threads() -> None:
    assert [pool for pool in threadpool_info() if pool["num_threads"] != 1] == []


def test_a_limit_changes_nothing() -> None:
    matrix = np.arange(9.0).reshape(3, 3)
    with threadpool_limits(limits=1, user_api="blas"):
        assert (matrix @ np.eye(3) == matrix).all()


def test_a_function_can_be_wrapped() -> None:
    @ThreadpoolController().wrap(limits=1)
    def twice(number: int) -> int:
        return 2 * number

    assert twice(21) == 42
