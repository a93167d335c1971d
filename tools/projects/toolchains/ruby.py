"""What Ruby's projects need: an installation of Ruby, and the gems that the user installed.

Of `~/.gem` and its like only the folders of gems are shown: beside them lie credentials.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from tools.drafts.snapshot import Snapshot
from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess, access, is_inside
from tools.projects.toolchains.installed_packages import installed_packages

PARTS = ("bin", "lib", "share", "include")
GEMS = (".local/share/gem/ruby", ".gem/ruby")
SYSTEM_GEMS = Path("/var/lib/gems")
ENVIRONMENT = {
    # What the user sets up for Bundler may name servers with their passwords.
    "BUNDLE_IGNORE_CONFIG": "true",
    "BUNDLE_DISABLE_VERSION_CHECK": "true",
    "CI": "true",
    "RAILS_ENV": "test",
}


def ruby_access(host: HostMachine, snapshot: Snapshot, *, shares_host: bool) -> ToolchainAccess:
    """Return what ruby, rspec and bundle need."""
    shown, notes = installed_packages(snapshot, "Gemfile", "vendor/bundle", "bundle install")
    environment = dict(ENVIRONMENT)
    if any(one.place == "/workspace/vendor/bundle" for one in shown):
        environment |= {"BUNDLE_IGNORE_CONFIG": "false", "BUNDLE_PATH": "/workspace/vendor/bundle"}
    if not shares_host:
        return ToolchainAccess(shown=shown, environment=environment, notes=notes)
    prefix = host.installation("ruby", _known(host), _is_ruby)
    gems = tuple(_gems(host))
    if gems:
        environment["GEM_PATH"] = ":".join(map(str, [*gems, *_defaults(prefix)]))
    found = access(prefix, PARTS, shown, environment, notes)
    programs = tuple(str(one / "bin") for one in gems)
    return found.with_more(ToolchainAccess(gems, path=programs))


def _known(host: HostMachine) -> Iterator[Path]:
    for place in (".rbenv/versions", ".rubies", ".rvm/rubies", ".asdf/installs/ruby"):
        yield from reversed([*host.folders(host.home / place)])


def _is_ruby(prefix: Path) -> bool:
    return (prefix / "bin/ruby").exists() and (prefix / "lib/ruby").is_dir()


def _gems(host: HostMachine) -> Iterator[Path]:
    """Yield the folders of gems by versions of Ruby: the user's, and the system's beside /usr."""
    for place in (*(host.home / one for one in GEMS), SYSTEM_GEMS):
        real = Path(os.path.realpath(place))
        for version in host.folders(real) if host.may_show(real) else ():
            if is_inside(version, real) and (version / "gems").is_dir():
                yield version


def _defaults(prefix: Path | None) -> Iterator[Path]:
    """Yield where Debian's Ruby, or one of a manager, has gems of its own."""
    yield from Path("/usr/share").glob("rubygems-integration/*")
    yield from (prefix or Path("/usr")).glob("lib/ruby/gems/*")
    yield from Path("/usr/lib").glob("*/ruby/gems/*")
