"""Read the reports of `dotnet test --logger trx`: results, and by their ids what they are of."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from tools.projects.results.runners.xml_reports import read_elements

_WORDS = {
    **dict.fromkeys(("Passed", "PassedButRunAborted", "Warning"), "PASSED"),
    **dict.fromkeys(("NotExecuted", "Inconclusive", "Pending", "NotRunnable"), "SKIPPED"),
}


@dataclass(slots=True)
class _Report:
    results: list[tuple[str, str, str]] = field(default_factory=list)
    """Id, name and outcome of each result."""
    methods: dict[str, str] = field(default_factory=dict)
    """`Class.Method` by id."""
    _id: str = ""

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "UnitTestResult":
            told = (attributes.get(one, "") for one in ("testId", "testName", "outcome"))
            self.results.append(tuple(told))  # type: ignore[arg-type]  # three of them
        elif tag == "UnitTest":
            self._id = attributes.get("id", "")
        elif tag == "TestMethod" and self._id:
            klass, method = attributes.get("className", ""), attributes.get("name", "")
            # The name of the assembly may stand behind that of the class.
            klass = klass.partition(",")[0].strip()
            self.methods[self._id] = f"{klass}.{method.removeprefix(f'{klass}.')}"


def read_trx(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield `Namespace.Class.Method(arguments)` of each result; of what is no report, nothing."""
    report = _Report()
    try:
        read_elements(data, report.begin)
    except (expat.ExpatError, ValueError):
        return
    for one, name, outcome in report.results:
        # xunit tells the whole name, MSTest only that of the method, both with arguments.
        method = report.methods.get(one, "")
        bare, bracket, arguments = name.partition("(")
        whole = method if method and not bare.startswith(method) else bare
        if name and outcome:
            yield f"{whole}{bracket}{arguments}", _WORDS.get(outcome, "FAILED")
