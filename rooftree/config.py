"""The one configuration: typed, frozen, read once, and recording where each value came from.

Later wins: defaults, the system file, the user's file, `ROOFTREE_<SECTION>_<KEY>`, flags. A
repository's own `.rooftree.toml` is untrusted and is not read here.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.networks import IPvAnyNetwork

from rooftree.config_layers import from_environment, from_files, from_flags
from rooftree.errors import ConfigError
from rooftree.paths import StateFolder, default_state_folder, user_folder
from rooftree.text.unknown_names import unknown_name

SYSTEM_FILE = Path("/etc/rooftree/config.toml")


class Section(BaseModel):
    """What all sections share: frozen, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StateSection(Section):
    """Where state is kept."""

    folder: Path = Field(default_factory=default_state_folder)
    """The state folder; it must lie outside every workspace."""

    @field_validator("folder")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        """Expand `~`; a relative folder would be another one in every working directory."""
        try:
            expanded = folder.expanduser()
        except RuntimeError as error:
            raise ValueError(str(error)) from error
        if not expanded.is_absolute() or "\0" in str(expanded):
            raise ValueError("must be an absolute path")
        return expanded


class SamplingValues(Section):
    """How answers are drawn; what is not set is left to the server."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    min_p: float | None = Field(default=None, ge=0, le=1)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    repetition_penalty: float | None = Field(default=None, gt=0, le=2)


class ModelSection(Section):
    """Which model answers."""

    name: str = "default"
    """Embedded weights (`default`, `small`, `tiny`), or the model id that the endpoint serves."""
    endpoint: str = ""
    """Base URL of an OpenAI-compatible server, ending in /v1; empty means the embedded server."""
    api_key_env: str = "ROOFTREE_MODEL_API_KEY"
    """The environment variable that holds the endpoint's key; keys are never in files."""
    adapters: dict[str, Path] = Field(default_factory=dict)
    """Fine-tuned adapters of the embedded model: immutable `name@vN` to a GGUF file."""
    context_tokens: int = Field(default=4096, ge=512)
    """The context in tokens: of each slot of the embedded server, and of an endpoint's model where
    it is set; else that is measured."""
    threads: int = Field(default=0, ge=0)
    """Threads for reading the prompt; 0 means as many as there are cores."""
    mirror: str = ""
    """Base URL of an internal mirror that `models pull` tries first."""
    connect_seconds: float = Field(default=5.0, gt=0)
    """How long connecting to the endpoint may take."""
    idle_seconds: float = Field(default=60.0, gt=0)
    """How long the endpoint may stay silent."""
    first_token_seconds: float = Field(default=120.0, gt=0)
    """How long the endpoint may read a prompt before its answer begins."""
    total_seconds: float = Field(default=600.0, gt=0)
    """How long a whole answer may take."""
    licence_policy: Path | None = None
    """A policy file (docs/licence-policy.toml); what it does not allow is not pulled."""
    probe: bool = True
    """Whether unknown models are measured: all of it while a server is idle, and briefly before
    the first run that needs one."""
    sampling: SamplingValues | str = ""
    """How agents draw answers: values, or the name of a row in `models/sampling.toml`; empty
    leaves it to the server."""


class EndpointSection(Section):
    """One OpenAI-compatible server: `[endpoints.NAME]`."""

    url: str
    """Base URL, ending in /v1."""
    api_key_env: str = ""
    """The environment variable that holds its key."""
    api_key_file: Path | None = None
    """A file that holds its key, readable by this user only."""
    api_key_keyring: str = ""
    """`service/user` of its key in the system's keyring (needs the package keyring)."""
    concurrency: int = Field(default=8, ge=1, le=1024)
    """How many calls it answers at once."""
    queue: int = Field(default=64, ge=0, le=10_000)
    """How many more may wait for their turn; others are told to come back (429)."""
    plan: Path | None = None
    """A plan of `rooftree models size -o`, whose concurrency and context then hold."""
    context_tokens: int = Field(default=0, ge=0)
    """The model's context, where it is known better than measured; 0 means measured."""
    sampling: SamplingValues | str = ""
    """How agents draw answers of its models, as in `[model]`."""
    connect_seconds: float = Field(default=5.0, gt=0)
    """How long connecting may take."""
    first_token_seconds: float = Field(default=120.0, gt=0)
    """How long it may read a prompt before its answer begins."""
    idle_seconds: float = Field(default=60.0, gt=0)
    """How long it may stay silent in the middle of an answer."""
    total_seconds: float = Field(default=600.0, gt=0)
    """How long a whole answer may take."""


class VersionSection(Section):
    """One version of an alias."""

    endpoint: str
    """The name of an endpoint, or `model` for the one of `[model]`."""
    model: str
    """The id under which the endpoint serves it."""
    version: str = ""
    """What it is called in figures, such as `coder@v3`; empty means the model's id."""
    weight: float = Field(default=1.0, ge=0)
    """Its share of new conversations."""


class AliasSection(Section):
    """What answers for a role or a name: `[aliases.NAME]`."""

    versions: list[VersionSection] = Field(min_length=1)
    """Who answers, by weight."""
    fallback: list[str] = Field(default_factory=list)
    """Aliases that stand in, in order, where no version can answer."""


class NetworkSection(Section):
    """How this machine reaches others; it holds for every outgoing connection."""

    ca_file: Path | None = None
    """PEM certificates of the organisation's own authority, trusted besides the usual ones."""
    proxy: str = ""
    """URL of an HTTP proxy; empty means none, whatever the environment says."""
    no_proxy: list[str] = Field(default_factory=list)
    """Hosts, or domains with a leading dot, that are reached without the proxy."""


class IndexSection(Section):
    """What is indexed and how."""

    embedder: str = "static"
    """The dense embedder: `static` (shipped), `minilm`, `endpoint`, `none`, or a local
    sentence-transformers folder."""
    embedding_url: str = ""
    """For `endpoint`: base URL of an OpenAI-compatible server, ending in /v1."""
    embedding_model: str = ""
    """For `endpoint`: the id under which it serves the embedding model."""
    embedding_key_env: str = "ROOFTREE_EMBEDDING_API_KEY"
    """The environment variable that holds that endpoint's key; keys are never in files."""
    embedding_query_prefix: str = ""
    """What the embedding model wants before a question, such as `query: `."""
    embedding_document_prefix: str = ""
    """What the embedding model wants before a text that is kept, such as `passage: `."""
    embedding_batch: int = Field(default=32, ge=1, le=2048)
    """Texts a request to the embedding endpoint."""
    embedding_seconds: float = Field(default=60.0, gt=0)
    """How long one request to the embedding endpoint may take."""
    largest_file_bytes: int = Field(default=1_048_576, ge=1024)
    """Files above this size are skipped as too_large."""
    workers: int = Field(default=0, ge=0)
    """Parser processes; 0 means one a core, at most 4."""


class AskSection(Section):
    """Budgets of one question."""

    wall_seconds: float = Field(default=90.0, gt=0)
    """The wall clock of the model's part of an answer."""
    prompt_tokens: int = Field(default=1500, ge=200)
    """The most tokens of a prompt for a small model."""
    answer_tokens: int = Field(default=160, ge=16)
    """The most tokens of a summary."""
    dense_seconds: float = Field(default=60.0, ge=0)
    """How long a question waits for missing embeddings before it answers with partial coverage."""
    keep: int = Field(default=50, ge=0)
    """How many questions about a repository are kept with their answers, so that `--continue` can
    go on from them; with 0 none is."""


class SandboxSection(Section):
    """Where and within which limits foreign code is executed."""

    backend: Literal["auto", "bubblewrap", "container", "none"] = "auto"
    """What contains it; `none` switches execution off. There is no way to run it uncontained."""
    image: str = ""
    """For `container`: an image that has been pulled, best by digest."""
    engine: str = ""
    """For `container`: `podman` or `docker`; empty means the first there is."""
    runtime: str = ""
    """For `container`: another runtime, such as `runsc`."""
    toolchains: list[Path] = Field(default_factory=list)
    """Folders outside /usr that contained programs may read, such as a project's environment."""
    seconds: float = Field(default=120.0, gt=0)
    """How long one command may take."""
    memory_mib: int = Field(default=1024, ge=64)
    """What all processes of one command may hold together, with /tmp, buffers and all the rest."""
    written_mib: int = Field(default=512, ge=1)
    """What they may write to disk together."""
    copy_mib: int = Field(default=2048, ge=1)
    """What the copy of a repository may take of the disk that commands run in."""
    processes: int = Field(default=128, ge=8)
    """How many processes and threads they may be."""


class ChangeSection(Section):
    """Budgets and approvals of one change."""

    approve: Literal["ask", "edits", "all", "never"] = "ask"
    """What happens without a person: `ask` asks for plan, commands and diff, `edits` for the diff
    alone, `all` applies what was verified, by tests that were there or by its own new ones, and
    nothing else, `never` applies nothing."""
    model_calls: int | None = Field(default=None, ge=1)
    """The most calls of a model; unset, as many as its steps and those of the others may be."""
    tokens: int | None = Field(default=None, ge=1000)
    """The most tokens of answers, and of prompts without what an earlier prompt had; unset, what
    so many calls may take."""
    seconds: float | None = Field(default=None, gt=0)
    """The most seconds of a model's work; unset, the calls times the step that was measured."""
    wall_seconds: float | None = Field(default=None, gt=0)
    """The most seconds from beginning to end, tests included; what is verified by then is told.
    Unset, an hour, or twice the seconds of a model's work where that is more."""
    candidates: int = Field(default=3, ge=1, le=16)
    """How many ways of one edit are tried where the model is small."""
    rounds: int = Field(default=2, ge=1, le=8)
    """How often the reviewer may send a change back."""


class ReviewSection(Section):
    """What a review looks at, and how much of it is shown."""

    tests: bool = True
    """Whether the project's tests are run in the sandbox, with and without the change."""
    inline: int = Field(default=5, ge=0, le=50)
    """The most findings that are shown on lines; others are in the JSON."""
    severity: Literal["critical", "major", "minor", "nit"] = "major"
    """The least severity of what is shown on a line."""
    confidence: float = Field(default=0.5, ge=0, le=1)
    """The least confidence of what is shown on a line; what is measured has 0.9 or 1."""
    fail_on: Literal["critical", "major", "minor", "nit", "never"] = "critical"
    """The least severity of a shown finding that makes the exit code 1."""
    instructions: str = ""
    """What the organisation asks of reviews, in a few sentences for the model."""
    places: int = Field(default=8, ge=1, le=100)
    """How many places of a change the model is asked about."""
    model_calls: int = Field(default=0, ge=0)
    """The most calls of a model; 0: what the steps of the model that reviews need."""
    tokens: int = Field(default=0, ge=0)
    """The most tokens, of answers and of what is new in prompts; 0: as for calls."""
    seconds: float = Field(default=0.0, ge=0)
    """The most seconds of a model's work; 0: as for calls."""
    wall_seconds: float = Field(default=1800.0, gt=0)
    """The most seconds from beginning to end, tests included; what is found by then is told."""


class TracesSection(Section):
    """Where OpenTelemetry spans of runs go; they hold names, counts and times, and no code."""

    file: Path | None = None
    """A file to which each span is appended as a line of JSON."""
    endpoint: str = ""
    """URL of an OTLP collector (gRPC) of the organisation's, such as http://collector:4317."""


class ServeSection(Section):
    """The HTTP server."""

    host: str = "127.0.0.1"
    """The address to listen on; anything but loopback needs a TLS proxy in front."""
    port: int = Field(default=8311, ge=0, le=65535)
    """The port to listen on; 0 takes a free one."""
    largest_body_bytes: int = Field(default=5_242_880, ge=1024)
    """Request bodies above this size are refused."""
    runs: int = Field(default=32, ge=1)
    """How many changes and reviews may run at once; each has a copy of its repository."""
    head_seconds: float = Field(default=10.0, gt=0)
    """How long the head of a request may take, and a client without a key to read the answer."""
    body_seconds: float = Field(default=30.0, gt=0)
    """How long a body may bring next to nothing (less than 4 KiB) before its request is ended."""
    trusted_proxies: list[IPvAnyNetwork] = Field(default_factory=list)
    """Addresses or networks of the proxies in front: what they add to X-Forwarded-For is who asks,
    and limits count by that. X-Forwarded-For of any other peer is ignored."""

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _listed(cls, proxies: object) -> object:
        """Split what an environment variable says at its commas."""
        return proxies.replace(" ", "").split(",") if isinstance(proxies, str) else proxies


class Config(BaseModel):
    """All of rooftree's settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: StateSection = Field(default_factory=StateSection)
    model: ModelSection = ModelSection()
    endpoints: dict[str, EndpointSection] = Field(default_factory=dict)
    aliases: dict[str, AliasSection] = Field(default_factory=dict)
    network: NetworkSection = NetworkSection()
    index: IndexSection = IndexSection()
    ask: AskSection = AskSection()
    sandbox: SandboxSection = SandboxSection()
    change: ChangeSection = ChangeSection()
    review: ReviewSection = ReviewSection()
    traces: TracesSection = TracesSection()
    serve: ServeSection = ServeSection()

    @property
    def paths(self) -> StateFolder:
        return StateFolder(self.state.folder)


class LoadedConfig(BaseModel):
    """A configuration and, for each `section.key` that is not a default, who set it."""

    model_config = ConfigDict(frozen=True)

    config: Config
    origins: dict[str, str]

    def rows(self) -> list[tuple[str, Any, str]]:
        """Return every setting as (key, value, origin)."""
        return [
            (f"{section}.{key}", value, self.origins.get(f"{section}.{key}", "default"))
            for section, keys in self.config.model_dump(mode="json").items()
            for key, value in keys.items()
        ]


def user_file() -> Path:
    """Return `$XDG_CONFIG_HOME/rooftree/config.toml`, by default under `~/.config`."""
    return user_folder("XDG_CONFIG_HOME", ".config") / "rooftree" / "config.toml"


def load_config(
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    files: tuple[Path, ...] | None = None,
) -> LoadedConfig:
    """Read every layer once; `flags` maps `section.key` to a value, None meaning not given."""
    settings: dict[str, dict[str, Any]] = {}
    origins: dict[str, str] = {}
    for section, key, value, origin in (
        *from_files(files if files is not None else (SYSTEM_FILE, user_file())),
        *from_environment(os.environ if environ is None else environ, _keys()),
        *from_flags(flags or {}),
    ):
        settings.setdefault(section, {})[key] = value
        origins[f"{section}.{key}"] = origin
    return LoadedConfig(config=_validate(settings, origins), origins=origins)


def _no_such_key(place: Sequence[str], origin: str) -> str:
    """Say that there is no such section or key, and which may have been meant."""
    kinds: dict[str, Any] = {"endpoints": EndpointSection, "aliases": AliasSection}
    section = Config.model_fields.get(place[0])
    kind = Config if len(place) == 1 else kinds.get(place[0], section and section.annotation)
    if "versions" in place:
        kind = VersionSection
    what = "section" if len(place) == 1 else f"key of [{'.'.join(place[:-1])}]"
    return (
        f"{origin}: {unknown_name(what, place[-1], getattr(kind, 'model_fields', ()))}; "
        "`rooftree config show --origin` lists every setting"
    )


def _keys() -> dict[str, frozenset[str]]:
    """Return the keys of each section; a table of sections, such as endpoints, has none."""
    kinds = {name: field.annotation for name, field in Config.model_fields.items()}
    return {
        name: frozenset(kind.model_fields)
        for name, kind in kinds.items()
        if isinstance(kind, type) and issubclass(kind, Section)
    }


def _validate(settings: dict[str, dict[str, Any]], origins: Mapping[str, str]) -> Config:
    try:
        return Config.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"]]
        key = ".".join(place)
        origin = origins.get(".".join(place[:2]), "a configuration file")
        if first["type"] == "extra_forbidden":
            raise ConfigError(_no_such_key(place, origin)) from error
        raise ConfigError(
            f"{key} from {origin}: {first['msg']} (got {first['input']!r}); "
            "`rooftree config show --origin` lists every setting"
        ) from error
