"""What projects of the JVM need: a JDK, Maven or Gradle, and the artifacts that are downloaded.

Debian keeps settings of its JDK and of Maven below /etc: those without which neither starts are
shown, and Maven's `settings.xml`, which may hold passwords, is not.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.projects.toolchains.caches import cache_access
from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess, access

JDK_PARTS = ("bin", "lib", "conf", "jmods", "include", "release")
TOOL_PARTS = ("bin", "lib", "boot", "conf", "init.d")
ETC = Path("/etc")
MAVEN_SETTINGS = ("m2.conf", "logging")
DEBIAN_REPOSITORY = Path("/usr/share/maven-repo")
OPTIONS = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx512m"
"""A small JVM: a sandbox's memory is for all its processes together."""
_JDK = re.compile(r"java-\d++-openjdk")


def jvm_access(host: HostMachine, program: str) -> ToolchainAccess:
    """Return what Maven or Gradle needs."""
    java = _java(host)
    home = {} if java is None else {"JAVA_HOME": str(java)}
    found = access(java, JDK_PARTS, (), {**home, "LC_ALL": "C.UTF-8"})
    tool = _maven(host) if program == "mvn" else _gradle(host)
    settings = ToolchainAccess(tuple(_of_debian(host)))
    return found.with_more(tool).with_more(settings)


def _java(host: HostMachine) -> Path | None:
    """Return the JDK that the user's PATH has first, or one that a manager keeps."""
    named = host.environ.get("JAVA_HOME", "")
    known = [Path(named)] if named.startswith("/") else []
    known += [host.home / ".sdkman/candidates/java/current"]
    for place in (".sdkman/candidates/java", ".jdks", ".asdf/installs/java"):
        known += reversed([*host.folders(host.home / place)])
    return host.installation("javac", known, _is_jdk)


def _is_jdk(prefix: Path) -> bool:
    return all((prefix / name).exists() for name in ("bin/java", "bin/javac", "lib/modules"))


def _maven(host: HostMachine) -> ToolchainAccess:
    known = [host.home / ".sdkman/candidates/maven/current"]
    known += reversed([*host.folders(host.home / ".sdkman/candidates/maven")])
    prefix = host.installation("mvn", known, _is_maven)
    cache = cache_access(host, "maven")
    environment = {"MAVEN_OPTS": OPTIONS}
    if not cache.shown and DEBIAN_REPOSITORY.is_dir():
        environment["MAVEN_OPTS"] += f" -Dmaven.repo.local={DEBIAN_REPOSITORY}"
    else:
        environment["MAVEN_OPTS"] += " -Dmaven.repo.local=/tmp/.m2/repository"
    return access(prefix, TOOL_PARTS, (), environment).with_more(cache)


def _is_maven(prefix: Path) -> bool:
    return (prefix / "bin/mvn").exists() and (prefix / "boot").is_dir()


def _gradle(host: HostMachine) -> ToolchainAccess:
    """Return an installation, or the distribution that a wrapper has downloaded."""
    home = host.named("GRADLE_USER_HOME", ".gradle")
    known = [host.home / ".sdkman/candidates/gradle/current"]
    for version in reversed([*host.folders(home / "wrapper/dists")]):
        known += [one for inner in host.folders(version) for one in host.folders(inner)]
    prefix = host.installation("gradle", known, _is_gradle)
    environment = {
        "GRADLE_USER_HOME": "/tmp/gradle",  # noqa: S108 - the sandbox's own, and gone with it
        "GRADLE_OPTS": f"{OPTIONS} -Dorg.gradle.vfs.watch=false",
    }
    return access(prefix, TOOL_PARTS, (), environment).with_more(cache_access(host, "gradle"))


def _is_gradle(prefix: Path) -> bool:
    return (prefix / "bin/gradle").exists() and (prefix / "lib").is_dir()


def _of_debian(host: HostMachine) -> Iterator[Path]:
    """Yield what programs below /usr have in /etc, and cannot start without."""
    places = [ETC / "maven" / name for name in MAVEN_SETTINGS]
    places += [one for one in host.folders(ETC) if _JDK.fullmatch(one.name)]
    yield from (one for one in places if one.exists() and not one.is_symlink())
