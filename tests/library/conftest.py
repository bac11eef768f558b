"""What tests of the library share."""

import psutil
import pytest


@pytest.fixture
def new_children():
    """Return the processes that the test has begun and that are still there.

    Others may be older: kernels of notebooks that were tested before are forked from one of ours.
    """
    before = set(psutil.Process().children())
    return lambda: set(psutil.Process().children()) - before
