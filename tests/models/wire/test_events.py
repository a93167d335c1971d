import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.wire.sse import DONE, MAX_EVENT_BYTES, SseReader
from rooftree.errors import ModelProtocolError


def read(*blocks: bytes) -> list[object]:
    reader = SseReader("http://x")
    return [value for block in blocks for value in reader.feed(block)] + list(reader.finish())


@given(st.lists(st.dictionaries(st.text(), st.text())), st.integers(1, 7))
def test_blocks_may_divide_the_stream_anywhere(values: list[dict[str, str]], size: int) -> None:
    stream = b"".join(
        b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\r\n\r\n" for value in values
    )
    blocks = [stream[i : i + size] for i in range(0, len(stream), size)]
    assert read(*blocks) == values


@given(st.lists(st.binary()))
def test_any_bytes_are_values_or_a_protocol_error(blocks: list[bytes]) -> None:
    with suppress(ModelProtocolError):
        read(*blocks)


def test_comments_names_and_missing_blank_lines_do_no_harm() -> None:
    assert read(b': ping\nevent: x\nid: 1\ndata:{"a":1}\ndata: {"a":2}\n\ndata: [DONE]') == [
        {"a": 1},
        {"a": 2},
        DONE,
    ]


def test_a_value_may_take_several_lines() -> None:
    assert read(b'data: {"a":\ndata: 1}\n\n') == [{"a": 1}]


def test_an_event_that_is_not_json_is_refused() -> None:
    for stream in (b"data: <html>\n\n", b"<html>", b'{"a": 1}\n'):
        with pytest.raises(ModelProtocolError, match=r"http://x streamed .*not JSON"):
            read(stream)


def test_half_an_event_at_the_end_is_dropped() -> None:
    assert read(b'data: {"a": 1}\n\ndata: {"a"') == [{"a": 1}]


def test_an_endless_event_is_refused() -> None:
    with pytest.raises(ModelProtocolError, match="more than"):
        read(b"data: " + b"x" * MAX_EVENT_BYTES)
