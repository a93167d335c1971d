"""Projects of Ruby: RSpec, Minitest and Rails, with Bundler where there is a Gemfile."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.projects.detection.ecosystems.project_files import ProjectFiles, operation
from tools.projects.operations import ProjectOperation
from tools.projects.results.report_files import OURS

RSPEC = (
    "rspec",
    "--no-color",
    "--format",
    "documentation",
    "--format",
    "json",
    "--out",
    f"{OURS}.json",
)
LOADING = (
    "options, files = ARGV.partition { |one| one.start_with?('-') }; "
    "files = Dir['test/**/*_test.rb', 'test/**/test_*.rb'].sort if files.empty?; "
    "files.reject! { |one| one.end_with?('_helper.rb') }; "
    "ARGV.replace(['--verbose', *options]); "
    "files.each { |one| require File.expand_path(one) }"
)
"""What loads files of tests into one Ruby: Minitest runs what was loaded when Ruby ends."""
MINITEST = ("ruby", "-Ilib", "-Itest", "-e", LOADING, "--")
RAILS = ("ruby", "bin/rails", "test", "--verbose")
TEST_FILES = ("_test.rb",)
SPEC: Mapping[str, Any] = {"runner": "rspec", "narrowing": "rspec", "selects": True}
UNIT: Mapping[str, Any] = {"runner": "minitest", "narrowing": "minitest", "selects": True}


def ruby_operations(files: ProjectFiles) -> Iterator[ProjectOperation]:
    """Yield those of each folder with a Gemfile, gemspec or Rakefile, or of the root."""
    folders = files.folders_with("Gemfile", "Rakefile", ".rspec")
    folders += [one for one in files.folders_ending(".gemspec") if one not in folders]
    bare = not folders and files.below("", "_spec.rb", "_test.rb")
    for folder in folders or ([""] if bare else []):
        bundled = files.has(folder, "Gemfile")
        yield from _tests(files, folder, bundled=bundled)
        if files.has(folder, ".rubocop.yml"):
            argv = ("rubocop", "--format", "emacs", "--cache", "false")
            yield operation("rubocop", "lint", argv, folder)
        if bundled:
            setup = ("bundle", "check")
            yield operation("bundle setup", "setup", setup, folder)


def _tests(files: ProjectFiles, folder: str, *, bundled: bool) -> Iterator[ProjectOperation]:
    spec = f"{folder}/spec".lstrip("/")
    if files.below(spec, "_spec.rb"):
        if bundled:
            bundle = ("bundle", "exec", *RSPEC)
            yield operation("bundle exec rspec", "test", bundle, folder, **SPEC)
        yield operation("rspec", "test", RSPEC, folder, **SPEC)
    test = f"{folder}/test/".lstrip("/")
    found = [one for one in files.names if one.startswith(test) and one.endswith(".rb")]
    if not any(f"/{one}".endswith("_test.rb") or "/test_" in f"/{one}" for one in found):
        return
    if files.has(folder, "bin/rails"):
        yield operation("rails test", "test", RAILS, folder, **UNIT)
        return
    if bundled:
        argv = ("bundle", "exec", *MINITEST)
        yield operation("bundle exec minitest", "test", argv, folder, **UNIT)
    yield operation("minitest", "test", MINITEST, folder, **UNIT)
