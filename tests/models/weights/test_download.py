"""Facts about fetching files over HTTP, from a real server that behaves badly."""

from pathlib import Path

import httpx
import pytest

from models.weights.download import HttpSettings, WebFolder
from models.weights.staging import PullProgress, SourceError, Staging, WrongContentError
from models.wire.failures import redacted_url
from tests.models.weights_material import Site, gguf_bytes, gguf_entry, serving

CONTENT = gguf_bytes()
ENTRY = gguf_entry(CONTENT)
PATIENCE = HttpSettings(connect_seconds=2, idle_seconds=0.3)


class Area:
    """A staging area, what it reported, and a way to fetch into it."""

    def __init__(self, folder: Path) -> None:
        self.reports: list[PullProgress] = []
        self.staging = Staging(folder / "staging", ENTRY, self.reports.append)
        self.part = self.staging.folder / "parts" / "toy.gguf"

    def leave(self, content: bytes) -> None:
        """Leave a part as an interrupted pull would."""
        self.part.parent.mkdir(exist_ok=True)
        self.part.write_bytes(content)

    def fetch(self, url: str, settings: HttpSettings = PATIENCE, follow: bool = False) -> None:
        try:
            WebFolder(url, settings, follow).fetch(self.staging)
        finally:
            self.staging.close()

    def content(self) -> bytes:
        return (self.staging.ready / "toy.gguf").read_bytes()


@pytest.fixture
def area(tmp_path: Path) -> Area:
    return Area(tmp_path)


def site(**moods: object) -> Site:
    made = Site({"/toy.gguf": CONTENT})
    for name, value in moods.items():
        setattr(made, name, value)
    return made


def test_a_file_arrives_whole_and_progress_ends_at_the_total(area: Area) -> None:
    with serving(site()) as server:
        area.fetch(server.url)
    assert area.content() == CONTENT
    assert not area.staging.missing()
    done = [report.done for report in area.reports]
    assert done == sorted(done)
    assert area.reports[-1] == PullProgress("verify", "", len(CONTENT), len(CONTENT))


def test_a_cut_connection_is_resumed_where_it_broke(area: Area) -> None:
    with serving(site(cut_after=120_000)) as server:
        area.fetch(server.url)
    assert area.content() == CONTENT
    ranges = [wanted for _, wanted in server.requests]
    assert ranges == ["", "bytes=120000-", "bytes=240000-"]


def test_a_connection_that_is_always_cut_is_given_up(area: Area) -> None:
    with serving(site(cut_after=10)) as server, pytest.raises(SourceError, match="cut 8 times"):
        area.fetch(server.url)
    assert area.part.stat().st_size == 80


def test_a_pull_that_was_interrupted_goes_on_with_its_part(area: Area) -> None:
    area.leave(CONTENT[:1000])
    with serving(site()) as server:
        area.fetch(server.url)
    assert area.content() == CONTENT
    assert [wanted for _, wanted in server.requests] == ["bytes=1000-"]


def test_a_server_without_ranges_sends_the_file_again(area: Area) -> None:
    area.leave(CONTENT[:1000])
    with serving(site(ignore_range=True)) as server:
        area.fetch(server.url)
    assert area.content() == CONTENT


def test_a_wrong_part_is_found_by_the_hash_and_thrown_away(area: Area) -> None:
    area.leave(b"x" * 1000)
    with serving(site()) as server:
        with pytest.raises(WrongContentError, match="thrown away"):
            area.fetch(server.url)
        assert not area.part.exists()
        area.fetch(server.url)
    assert area.content() == CONTENT


def test_wrong_content_is_never_kept(area: Area) -> None:
    wrong = Site({"/toy.gguf": CONTENT[:-1] + b"?"})
    with serving(wrong) as server, pytest.raises(WrongContentError, match="expected"):
        area.fetch(server.url)
    assert area.staging.missing()
    assert not area.part.exists()


def test_a_silent_server_is_given_up(area: Area) -> None:
    with (
        serving(site(stall_after=5000)) as server,
        pytest.raises(SourceError, match=r"silent for 0\.3 s"),
    ):
        area.fetch(server.url)
    assert area.part.stat().st_size == 5000
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("moods", "complaint"),
    [
        ({"status": 503}, "HTTP status 503"),
        ({"files": {}}, "HTTP status 404"),
        ({"files": {"/toy.gguf": CONTENT + b"more"}}, f"expected {len(CONTENT)}"),
        ({"redirect": "http://127.0.0.1:9/toy.gguf"}, "a mirror must serve the file itself"),
    ],
)
def test_a_server_that_cannot_deliver_says_why(
    area: Area, moods: dict[str, object], complaint: str
) -> None:
    with serving(site(**moods)) as server, pytest.raises(SourceError, match=complaint):
        area.fetch(server.url)


def test_a_range_that_was_not_asked_for_is_refused(area: Area) -> None:
    area.leave(CONTENT[:1000])
    moved = site(content_range=f"bytes 900-{len(CONTENT) - 1}/{len(CONTENT)}")
    with serving(moved) as server, pytest.raises(SourceError, match="asked for bytes 1000-"):
        area.fetch(server.url)


def test_a_body_longer_than_pinned_is_cut_off(area: Area) -> None:
    def endless(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=iter([CONTENT, b"more"]))

    with pytest.raises(SourceError, match="sends more than"):
        area.fetch("https://hub.test", HttpSettings(transport=httpx.MockTransport(endless)))


def test_a_hub_redirect_to_plain_http_is_refused(area: Area) -> None:
    with (
        serving(site(redirect="http://127.0.0.1:9/toy.gguf")) as server,
        pytest.raises(SourceError, match="from http to http; only https is followed"),
    ):
        area.fetch(server.url, follow=True)


def test_redirects_are_followed_from_https_to_https_only(area: Area) -> None:
    def hub(request: httpx.Request) -> httpx.Response:
        if request.url.host == "hub.test":
            return httpx.Response(302, headers={"Location": "https://files.test/blob"})
        if request.url.path == "/blob":
            return httpx.Response(307, headers={"Location": "/final"})
        return httpx.Response(200, content=iter([CONTENT]))

    def downgrade(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "http://files.test/blob"})

    with pytest.raises(SourceError, match="from https to http;"):
        area.fetch(
            "https://hub.test", HttpSettings(transport=httpx.MockTransport(downgrade)), follow=True
        )
    area.fetch("https://hub.test", HttpSettings(transport=httpx.MockTransport(hub)), follow=True)
    assert area.content() == CONTENT


def test_a_circle_of_redirects_is_given_up(area: Area) -> None:
    def circle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": str(request.url)})

    with pytest.raises(SourceError, match="more than 5 times"):
        area.fetch(
            "https://hub.test", HttpSettings(transport=httpx.MockTransport(circle)), follow=True
        )


def test_nobody_listening_is_said_in_words(area: Area) -> None:
    with serving(site()) as server:
        pass
    with pytest.raises(SourceError, match="ConnectError"):
        area.fetch(server.url)


def test_a_connection_that_does_not_come_about_is_said_in_words(area: Area) -> None:
    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("", request=request)

    with pytest.raises(SourceError, match="no connection within 5 s"):
        area.fetch("https://hub.test", HttpSettings(transport=httpx.MockTransport(unreachable)))


@pytest.mark.parametrize("url", ["ftp://mirror.test", "https://", "http://[::1", "mirror"])
def test_an_address_that_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(SourceError, match="URL"):
        WebFolder(url, PATIENCE, follow_redirects=False)


def test_shown_addresses_hold_no_secrets() -> None:
    secret = "pass" + "word"
    assert redacted_url(f"https://me:{secret}@mirror.test/w?t={secret}") == "https://mirror.test/w"
    assert redacted_url("http://[::1") == "an invalid URL"
