"""Projects of PHP: PHPUnit, its own or the system's."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.projects.detection.ecosystems.project_files import ProjectFiles, operation
from tools.projects.operations import OperationKind, ProjectOperation
from tools.projects.results.report_files import OURS

SETTINGS = ("phpunit.xml", "phpunit.xml.dist", "phpunit.dist.xml")
OPTIONS = ("--colors=never", "--log-junit", f"{OURS}.xml")
OWN = "vendor/bin/phpunit"
PARSING = (
    "$all = new RecursiveIteratorIterator(new RecursiveCallbackFilterIterator("
    "new RecursiveDirectoryIterator('.', FilesystemIterator::SKIP_DOTS), "
    "fn($one) => !in_array($one->getFilename(), ['vendor', '.git', 'node_modules']))); "
    "$bad = 0; foreach ($all as $one) { if ($one->getExtension() !== 'php') continue; "
    "try { token_get_all(file_get_contents($one), TOKEN_PARSE); } "
    "catch (ParseError $error) { $bad = 1; "
    "echo $one, ':', $error->getLine(), ': ', $error->getMessage(), PHP_EOL; } } exit($bad);"
)
"""What `php -l` does for one file, for all."""
TOOLS: tuple[tuple[str, OperationKind, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "phpstan",
        "lint",
        ("analyse", "--no-progress", "--no-ansi"),
        ("phpstan.neon", "phpstan.neon.dist"),
    ),
    ("phpcs", "lint", (), ("phpcs.xml", "phpcs.xml.dist")),
    (
        "php-cs-fixer",
        "format",
        ("fix", "--dry-run", "--diff"),
        (".php-cs-fixer.php", ".php-cs-fixer.dist.php"),
    ),
)


def php_operations(files: ProjectFiles) -> Iterator[ProjectOperation]:
    """Yield those of each folder with composer's file or PHPUnit's settings, or of the root."""
    folders = files.folders_with("composer.json", *SETTINGS)
    bare = not folders and files.below("tests", "Test.php")
    for folder in folders or ([""] if bare else []):
        tests = f"{folder}/tests".lstrip("/")
        configured = files.has(folder, *SETTINGS)
        place = () if configured else ("tests",)
        if configured or files.below(tests, "Test.php"):
            more: Mapping[str, Any] = {"runner": "phpunit", "narrowing": "phpunit"}
            own = ("php", OWN, *OPTIONS, *place)
            if files.has(folder, "composer.json"):
                yield operation("composer phpunit", "test", own, folder, needs=(OWN,), **more)
            yield operation("phpunit", "test", ("phpunit", *OPTIONS, *place), folder, **more)
        yield operation("php -l", "lint", ("php", "-r", PARSING), folder)
        for name, kind, words, settings in TOOLS:
            if files.has(folder, *settings):
                argv = ("php", f"vendor/bin/{name}", *words)
                yield operation(name, kind, argv, folder, needs=(f"vendor/bin/{name}",))
        if files.has(folder, "composer.lock"):
            argv = ("composer", "install", "--no-interaction", "--no-scripts", "--no-plugins")
            yield operation("composer setup", "setup", argv, folder)
