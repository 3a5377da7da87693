"""Fixtures and settings that hold for every test."""

import pytest
from hypothesis import settings

# No deadline: a test must not depend on how fast the machine is. Derandomised: the
# same examples everywhere, so that a failure in CI is a failure at home.
settings.register_profile("backrow", deadline=None, derandomize=True, database=None)
settings.load_profile("backrow")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
