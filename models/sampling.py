"""How answers are drawn: what an operator has set, or a row of what the makers of models ask for.

A row is chosen by its name in the configuration. Nothing is concluded from a model's name.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from models.wire.presets import presets
from rooftree.config import SamplingValues
from rooftree.data_files import Strict
from rooftree.errors import ConfigError
from rooftree.text.unknown_names import unknown_name

FILE = Path(__file__).with_name("sampling.toml")


@dataclass(frozen=True, slots=True)
class SamplingFamily(Strict):
    """What the maker of a family asks for."""

    name: str
    values: SamplingValues
    source: str
    checked: str


@cache
def sampling_families() -> Mapping[str, SamplingFamily]:
    """Return all rows by their names."""
    content = tomllib.loads(FILE.read_text("utf-8"))
    rows = TypeAdapter(tuple[SamplingFamily, ...]).validate_python(content["families"])
    return {row.name: row for row in rows}


def sampling_of(chosen: SamplingValues | str, server: str = "") -> dict[str, float]:
    """Return what is sent with requests; ConfigError where no row has the name that was chosen.

    Nothing of a row is sent to a `server` that applies by itself what the maker asks for.
    """
    if isinstance(chosen, SamplingValues):
        return chosen.model_dump(exclude_none=True)
    if not chosen:
        return {}
    families = sampling_families()
    if chosen not in families:
        unknown = unknown_name("row of sampling", chosen, families)
        raise ConfigError(f"model.sampling: {unknown}")
    if any(preset.generation_config for preset in presets() if preset.name == server):
        return {}
    return families[chosen].values.model_dump(exclude_none=True)
