import pytest

from tests.support.world import raw, worlds


@pytest.fixture
async def world(tmp_path):
    async with worlds(tmp_path) as make:
        yield make


@pytest.fixture
def record():
    return raw
