"""One vLLM for the whole session, a client of it, and its last words when a test fails."""

import shutil
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest

from models.client.client import ModelClient
from models.wire.endpoint import Deadlines
from tests.vllm.material import SECOND
from tests.vllm.serving import StartError, VllmServer, venv


@pytest.fixture(scope="session")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmServer]:
    """The server; of the adapters it can find only the second by itself."""
    server = VllmServer(tmp_path_factory.mktemp("vllm"))
    try:
        server.start()
        shutil.copytree(material() / SECOND, server.adapters / SECOND)
        yield server
    except StartError as error:
        pytest.fail(str(error))
    finally:
        server.stop()


@pytest.fixture
async def client(vllm: VllmServer) -> AsyncIterator[ModelClient]:
    opened = ModelClient(vllm.endpoint(), Deadlines(connect=5.0, idle=120.0))
    yield opened
    await opened.aclose()


def material() -> Path:
    """Return the folder of the model and the adapters that scripts/vllm-cpu.sh made."""
    return venv() / "rooftree"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    server = item.funcargs.get("vllm")
    if report.failed and isinstance(server, VllmServer):
        report.sections.append(("the last lines of vLLM's log", server.tail()))
    return report
