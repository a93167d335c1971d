"""The tiny project's history is made once; tests only read it."""

import pytest

from tests.benchmarks.review_scenes import Shop, shop


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a cache with the mirror of the tiny project in it."""
    return shop(tmp_path_factory.mktemp("cache"))
