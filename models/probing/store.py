"""Profiles on disk, one file each, found by fingerprint; and which one a model has now.

A file that cannot be read, or is of another version of the probes, counts as not there.
"""

import hashlib
import json
from pathlib import Path

from pydantic import ValidationError

from models.chat.abilities import UNMEASURED, Abilities
from models.probing.profile import PROFILES, SUITE, ModelProfile
from models.wire.endpoint import Endpoint
from models.wire.failures import redacted_url
from rooftree.paths import cannot_write, private_folder
from rooftree.state_files import write_atomically

CURRENT = "current.json"


class ProfileStore:
    """Profiles below one private folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, ModelProfile | None] = {}

    def find(self, fingerprint: str) -> ModelProfile | None:
        """Return the profile with this fingerprint."""
        try:
            profile = PROFILES.validate_json(self._path(fingerprint).read_bytes())
        except (OSError, ValidationError):
            return None
        sound = profile.suite == SUITE and profile.fingerprint == fingerprint
        return profile if sound else None

    def save(self, profile: ModelProfile, endpoint: Endpoint) -> None:
        """Store a profile, and make it the one that its model at this endpoint has now."""
        try:
            private_folder(self._folder)
            write_atomically(self._path(profile.fingerprint), PROFILES.dump_json(profile, indent=1))
            place = place_of(endpoint, profile.model)
            current = self._current() | {place: profile.fingerprint}
            write_atomically(self._folder / CURRENT, json.dumps(current, indent=1))
        except OSError as error:
            raise cannot_write(self._folder, error, "keep what was measured in") from error
        self._known[place] = profile

    def current(self, endpoint: Endpoint, model: str) -> ModelProfile | None:
        """Return the profile that a model at an endpoint had when it was last looked at."""
        place = place_of(endpoint, model)
        if place not in self._known:
            fingerprint = self._current().get(place)
            self._known[place] = self.find(fingerprint) if fingerprint else None
        return self._known[place]

    def settle(self, endpoint: Endpoint, model: str, fingerprint: str) -> ModelProfile | None:
        """Note which fingerprint a model has now, and return its profile if there is one."""
        profile = self.find(fingerprint)
        if profile is not None:
            self.save(profile, endpoint)
        else:
            self._known[place_of(endpoint, model)] = None
        return profile

    def abilities(self, endpoint: Endpoint, model: str) -> Abilities:
        """Return what was measured of a model, or the defaults."""
        profile = self.current(endpoint, model)
        return profile.abilities() if profile is not None else UNMEASURED

    def all(self) -> list[ModelProfile]:
        """Return every profile that is kept, the newest first."""
        if not self._folder.is_dir():
            return []
        names = (path.stem for path in self._folder.glob("*.json") if path.name != CURRENT)
        found = (self.find(name) for name in names)
        return sorted(
            (profile for profile in found if profile is not None),
            key=lambda profile: profile.measured_at,
            reverse=True,
        )

    def _path(self, fingerprint: str) -> Path:
        return self._folder / f"{fingerprint}.json"

    def _current(self) -> dict[str, str]:
        try:
            content = json.loads((self._folder / CURRENT).read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(content, dict):
            return {}
        return {key: value for key, value in content.items() if isinstance(value, str)}


def place_of(endpoint: Endpoint, model: str) -> str:
    """Return a name for a model at an endpoint; every embedded server is the same place."""
    where = "embedded" if endpoint.embedded else redacted_url(endpoint.base_url)
    return hashlib.sha256(f"{where}\0{model}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
