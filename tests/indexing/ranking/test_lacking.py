"""Which texts have no vector, known from one view to the next, is what the manifest tells."""

from pathlib import Path

from indexing.ranking.index_view import IndexView
from indexing.ranking.missing_vectors import MissingVectors
from indexing.repository.repository import Repository
from indexing.vectors import store as dense
from tests.support import HashingEmbedder, config_in, git_repository, indexed, project, write_files

EMBEDDER = HashingEmbedder()


def told(repository: Repository, lacking: MissingVectors) -> frozenset[str]:
    """Return the texts without a vector, after the same was asked of the manifest itself."""
    with repository.manifest() as manifest:
        view: IndexView = repository.view(manifest)
        found = lacking.texts(manifest.database, view, EMBEDDER.fingerprint)
        every = view.texts.tolist()
        assert found == dense.lacking_among(manifest.database, EMBEDDER.fingerprint, every)
    return found


def test_each_view_s_texts_without_a_vector_are_known(tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(8))
    repository = indexed(root, config_in(tmp_path), EMBEDDER)
    lacking = MissingVectors()
    assert not told(repository, lacking)
    for step in range(3):
        write_files(root, {f"new_{step}.py": f"def fresh_{step}():\n    return {step}\n"})
        with repository.writing("test"):
            repository.updates.index()
        assert len(told(repository, lacking)) == step + 1
    with repository.writing("test"):
        repository.vectors.fill()
    lacking.filled()
    assert not told(repository, lacking)


def test_where_vectors_may_be_gone_all_are_asked_about(tmp_path: Path) -> None:
    repository = indexed(git_repository(tmp_path, project(4)), config_in(tmp_path), EMBEDDER)
    lacking = MissingVectors()
    assert not told(repository, lacking)
    with repository.manifest() as manifest, manifest.transaction():
        manifest.database.execute("DELETE FROM embedding")
    lacking.forget()
    assert told(repository, lacking)


def test_another_embedder_has_texts_of_its_own_without_a_vector(tmp_path: Path) -> None:
    repository = indexed(git_repository(tmp_path, project(4)), config_in(tmp_path), EMBEDDER)
    lacking = MissingVectors()
    assert not told(repository, lacking)
    with repository.manifest() as manifest:
        view = repository.view(manifest)
        assert len(lacking.texts(manifest.database, view, "another")) == len(view.texts)
