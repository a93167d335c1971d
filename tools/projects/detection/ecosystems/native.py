"""Projects of C and C++: what CMake and Meson build."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tools.projects.detection.ecosystems.project_files import ProjectFiles, operation, outermost
from tools.projects.operations import ProjectOperation
from tools.projects.results.report_files import BUILD

CONFIGURE = ("cmake", "-S", ".", "-B", BUILD, "-DCMAKE_BUILD_TYPE=Debug")
COMPILE = ("cmake", "--build", BUILD, "--parallel", "4")
TESTS = ("ctest", "--test-dir", BUILD, "--output-on-failure", "--no-tests=error")
MESON_SETUP = ("meson", "setup", "--wrap-mode=nodownload", BUILD)
MESON_TESTS = ("meson", "test", "-C", BUILD, "--print-errorlogs")
MESON_COMPILE = ("meson", "compile", "-C", BUILD)
_HAS_TESTS = re.compile(
    r"enable_testing|include\s*\(\s*CTest|add_test|discover_tests", re.IGNORECASE
)


def native_operations(files: ProjectFiles) -> Iterator[ProjectOperation]:
    """Yield those of each project; a copy has to be configured and built before it is tested."""
    for folder in outermost(files.folders_with("CMakeLists.txt")):
        inside = f"{folder}/" if folder else ""
        lists = [one for one in files.names if f"/{one}".endswith("/CMakeLists.txt")]
        mine = (one for one in sorted(lists) if one.startswith(inside))
        if any(_HAS_TESTS.search(files.text("", one)) for one in mine):
            ready = (CONFIGURE, COMPILE)
            yield operation(
                "ctest", "test", TESTS, folder, runner="ctest", before=ready, narrowing="ctest"
            )
        yield operation("cmake build", "build", COMPILE, folder, before=(CONFIGURE,))
        yield operation("cmake setup", "setup", CONFIGURE, folder)
    for folder in outermost(files.folders_with("meson.build")):
        more: Mapping[str, Any] = {"before": (MESON_SETUP,), "uses": ("ninja",)}
        tests = {**more, "runner": "meson", "narrowing": "meson"}
        yield operation("meson test", "test", MESON_TESTS, folder, **tests)
        yield operation("meson build", "build", MESON_COMPILE, folder, **more)
        yield operation("meson setup", "setup", MESON_SETUP, folder, uses=("ninja",))
