"""The API describes itself: every operation, every model, and a page that needs no other server."""

import hashlib
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from server.operations.table import OPERATIONS
from tests.server.stand import Stand

PLACE = files("server.http") / "docs"
MAX_BYTES = 2_000_000


async def document_of(stand: Stand) -> dict[str, Any]:
    answer = await stand.client.get("/openapi.json")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


async def test_every_operation_is_described_with_its_request_and_response(stand: Stand) -> None:
    document = await document_of(stand)
    described = {
        operation["operationId"]: operation
        for methods in document["paths"].values()
        for operation in methods.values()
    }
    for operation in OPERATIONS:
        told = described[operation.name]
        assert told["summary"], operation.name
        schema = told["responses"]["200"]["content"]["application/json"]["schema"]
        assert schema["$ref"].endswith(f"/{operation.response.__name__}"), operation.name
        assert "default" in told["responses"]
        # By their names on the wire: `continue` is none that a field can have.
        fields = set(operation.request.model_json_schema().get("properties", ()))
        named = {one["name"] for one in told.get("parameters", ())}
        if "requestBody" in told:
            body = told["requestBody"]["content"]["application/json"]["schema"]
            named |= set(body["properties"]) - {"stream"}
        assert named == fields, operation.name


async def test_every_reference_leads_to_a_model(stand: Stand) -> None:
    document = await document_of(stand)
    found = set(references(document))
    assert len(found) > 20
    for reference in found:
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        assert isinstance(target, dict)


async def test_a_key_is_what_opens_it(stand: Stand) -> None:
    document = await document_of(stand)
    assert document["components"]["securitySchemes"] == {
        "key": {"type": "http", "scheme": "bearer"}
    }
    assert document["security"] == [{"key": []}]


async def test_the_page_loads_files_of_this_server_alone(stand: Stand) -> None:
    page = await stand.client.get("/docs")
    assert page.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 3
    size = len(page.content)
    for path in loaded:
        assert path.startswith("/docs/")
        asset = await stand.client.get(path)
        assert asset.status_code == 200
        assert "'self'" in asset.headers["content-security-policy"]
        size += len(asset.content)
    assert size <= MAX_BYTES
    assert (await stand.client.get("/docs/README.md")).status_code == 404


@pytest.mark.parametrize("name", ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"])
def test_files_of_others_are_as_they_came(name: str) -> None:
    digest = hashlib.sha256((PLACE / name).read_bytes()).hexdigest()
    assert f"`{name}` sha256 {digest}" in (PLACE / "README.md").read_text("utf-8")


async def test_answers_are_described_as_they_come(stand: Stand) -> None:
    """Events of a run beside its JSON, figures as text, errors of every route, and no key asked."""
    paths = (await document_of(stand))["paths"]
    described = {one["operationId"]: one for methods in paths.values() for one in methods.values()}
    for operation in OPERATIONS:
        kinds = set(described[operation.name]["responses"]["200"]["content"])
        assert ("text/event-stream" in kinds) == operation.streams, operation.name
    assert set(paths["/metrics"]["get"]["responses"]["200"]["content"]) == {"text/plain"}
    assert paths["/healthz"]["get"]["security"] == []
    for path, methods in paths.items():
        for told in methods.values():
            assert set(told["responses"]) == {"200", "default"}, path
    chat = paths["/v1/chat/completions"]["post"]["responses"]["200"]["content"]
    assert set(chat) == {"application/json", "text/event-stream"}
