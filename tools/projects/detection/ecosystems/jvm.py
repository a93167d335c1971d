"""Projects of Java, Kotlin and others of the JVM: what Maven and Gradle build."""

from collections.abc import Iterator

from tools.projects.detection.ecosystems.project_files import ProjectFiles, operation, outermost
from tools.projects.operations import ProjectOperation

MAVEN = ("mvn", "-o", "-B", "-q")
GRADLE = ("gradle", "--offline", "--no-daemon", "--console=plain")
BUILDS = ("build.gradle", "build.gradle.kts")
SETTINGS = ("settings.gradle", "settings.gradle.kts")


def jvm_operations(files: ProjectFiles) -> Iterator[ProjectOperation]:
    """Yield those of each build; the modules of a build are run with it."""
    for folder in outermost(files.folders_with("pom.xml")):
        tests, by = (*MAVEN, "-fae", "test"), {"narrowing": "maven", "selects": True}
        yield operation("maven test", "test", tests, folder, runner="junit", **by)
        yield operation("maven build", "build", (*MAVEN, "test-compile"), folder)
        yield operation("maven setup", "setup", (*MAVEN, "dependency:resolve"), folder)
    for folder in outermost(files.folders_with(*SETTINGS, *BUILDS)):
        tests, by = (*GRADLE, "--continue", "test"), {"narrowing": "gradle", "selects": True}
        yield operation("gradle test", "test", tests, folder, runner="junit", **by)
        yield operation("gradle build", "build", (*GRADLE, "testClasses"), folder)
        yield operation("gradle setup", "setup", (*GRADLE, "dependencies"), folder)
        if any("spotless" in files.text(folder, one) for one in BUILDS):
            yield operation("spotless", "format", (*GRADLE, "spotlessCheck"), folder)
