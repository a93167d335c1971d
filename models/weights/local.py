"""What a local file or folder must be before it becomes weights.

Weights are data: a GGUF file, or a sentence-transformers folder of safetensors, JSON and text.
Anything that could run when it is loaded (Python files, pickles, `auto_map`, module types outside
the library) is refused. It knows nothing of the store.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from models.weights.catalogue import PIECE, WeightsEntry, WeightsFile, combined_sha256
from models.weights.gguf_header import read_header
from models.weights.gguf_tensors import check_tensors
from models.weights.staging import file_sha256
from rooftree.errors import WeightsError

DATA_SUFFIXES = (".safetensors", ".json", ".txt")
LEFT_OUT_NAMES = ("LICENSE", "NOTICE", "LICENCE", "LICENSE.txt", "NOTICE.txt", "installed.json")
LEFT_OUT_SUFFIXES = (".md",)
NOT_CONFIGURATION = ("tokenizer.json", "vocab.json")
MAX_CONFIGURATION_BYTES = 4 * 1024 * 1024
MAX_FILES = 100
MAX_FOLDER_DEPTH = 3
MODULE_TYPE = re.compile(
    r"sentence_transformers\.(models|(base|sentence_transformer)\.modules\.[a-z_]+)\.[A-Za-z]+"
)
FILE_NAME = re.compile(rf"{PIECE}(/{PIECE})*")
MODULE_PATH = re.compile(rf"({PIECE})?")


def matching_entry(path: Path, entries: tuple[WeightsEntry, ...]) -> WeightsEntry | None:
    """Return the catalogue's entry that the file or folder at `path` is a copy of."""
    for entry in entries:
        if (entry.form == "gguf") == path.is_file() and is_copy(path, entry):
            return entry
    return None


def is_copy(path: Path, entry: WeightsEntry) -> bool:
    """Tell whether all of an entry's files are at `path`, by size first and then by hash."""
    places = [(path if path.is_file() else path / file.name, file) for file in entry.files]
    if not all(place.is_file() and place.stat().st_size == file.size for place, file in places):
        return False
    return all(file_sha256(place) == file.sha256 for place, file in places)


def describe(path: Path) -> WeightsEntry:
    """Check an unknown file or folder and make an entry of it, without sources."""
    try:
        return _describe_folder(path) if path.is_dir() else _describe_file(path)
    except OSError as error:
        raise WeightsError(f"cannot read {str(path)!r}: {error.strerror}") from error


def check_form(path: Path) -> None:
    """Refuse a file that is no GGUF, or a folder that holds more than data."""
    if path.is_dir():
        check_folder(path)
    elif path.suffix.lower() == ".gguf":
        check_tensors(path)
    else:
        raise WeightsError(
            f"{str(path)!r} is neither a .gguf file nor a sentence-transformers folder; "
            "other formats can hold code and are not taken"
        )


def check_folder(root: Path) -> list[str]:
    """Return the names of the data files of a sentence-transformers folder, or refuse it."""
    names = sorted(islice(_data_files(root), MAX_FILES + 1))
    if len(names) > MAX_FILES:
        raise WeightsError(f"{str(root)!r} holds more than {MAX_FILES} files")
    for required in ("modules.json", "config.json"):
        if required not in names:
            raise WeightsError(f"{str(root)!r} has no {required}: not sentence-transformers")
    if not any(name.endswith(".safetensors") for name in names):
        raise WeightsError(f"{str(root)!r} has no .safetensors file")
    for name in names:
        if name.endswith(".json") and Path(name).name not in NOT_CONFIGURATION:
            content = _read_json(root / name)
            if name == "modules.json":
                _check_modules(root / name, content)
    return names


def store_name(path: Path) -> str:
    """Return the name under which an unknown file or folder is kept."""
    stem = path.stem if path.is_file() else path.name
    return re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip(".-_")[:64] or "weights"


def _describe_file(path: Path) -> WeightsEntry:
    check_form(path)
    header = read_header(path)
    file = WeightsFile(f"{store_name(path)}.gguf", path.stat().st_size, file_sha256(path))
    licence = header.text("general.license") or "unknown"
    title = header.name or path.name
    return _entry(path, "gguf", (file,), (title, licence, header.context_length))


def _describe_folder(path: Path) -> WeightsEntry:
    names = check_folder(path)
    files = tuple(
        WeightsFile(name, (path / name).stat().st_size, file_sha256(path / name)) for name in names
    )
    settings = path / "sentence_bert_config.json"
    content = _read_json(settings) if settings.is_file() else {}
    length = content.get("max_seq_length") if isinstance(content, dict) else 0
    context = length if isinstance(length, int) else 0
    return _entry(path, "sentence-transformers", files, (path.name, "unknown", context))


def _entry(
    path: Path, form: Any, files: tuple[WeightsFile, ...], told: tuple[str, str, int]
) -> WeightsEntry:
    title, licence, context = told
    notice = f"{title}, taken from a local copy; sha256 {combined_sha256(files)}.\n"
    return WeightsEntry(
        name=store_name(path),
        aliases=(),
        title=title[:200],
        form=form,
        licence=licence[:60],
        notice=notice,
        context_length=context,
        files=files,
        sources=(),
    )


def _data_files(root: Path) -> Iterator[str]:
    """Name the data files below a folder, relative to it; refuse what could be code."""
    for path in _walk(root, 0):
        if path.name in LEFT_OUT_NAMES or path.suffix in LEFT_OUT_SUFFIXES:
            continue
        if path.suffix not in DATA_SUFFIXES or not path.is_file():
            raise WeightsError(
                f"{str(path)!r} may hold code; only {', '.join(DATA_SUFFIXES)} files are taken"
            )
        yield _plain_name(path.relative_to(root).as_posix())


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    """Yield everything below a folder that is not a folder and not hidden."""
    if depth > MAX_FOLDER_DEPTH:
        raise WeightsError(f"{str(folder)!r} is nested deeper than {MAX_FOLDER_DEPTH} folders")
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_symlink():
            raise WeightsError(f"{str(path)!r} is a symlink; copy the folder with `cp -rL` first")
        if path.is_dir():
            yield from _walk(path, depth + 1)
        else:
            yield path


def _plain_name(name: str) -> str:
    if not FILE_NAME.fullmatch(name):
        raise WeightsError(f"{name!r} is an odd file name for weights; rename it")
    return name


def _read_json(path: Path) -> Any:
    if path.stat().st_size > MAX_CONFIGURATION_BYTES:
        raise WeightsError(f"{str(path)!r} is too large for a configuration file")
    try:
        return json.loads(path.read_text("utf-8"), object_pairs_hook=lambda p: _no_code(path, p))
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{str(path)!r} is not valid JSON") from error


def _no_code(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if any(key == "auto_map" for key, _ in pairs):
        raise WeightsError(f"{str(path)!r} names code to run (auto_map); such models are not taken")
    return dict(pairs)


def _check_modules(path: Path, modules: Any) -> None:
    def refuse(what: object) -> NoReturn:
        raise WeightsError(
            f"{str(path)!r} names the module {str(what)[:80]!r}; "
            "only modules of sentence_transformers itself are loaded"
        )

    if not isinstance(modules, list) or not modules:
        refuse(modules)
    for module in modules:
        if not isinstance(module, dict):
            refuse(module)
        kind = module.get("type")
        if not isinstance(kind, str) or not MODULE_TYPE.fullmatch(kind):
            refuse(kind)
        folder = module.get("path", "")
        if not isinstance(folder, str) or not MODULE_PATH.fullmatch(folder):
            refuse(folder)
