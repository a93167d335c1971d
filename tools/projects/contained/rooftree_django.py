"""Django's own test runner, as the project configured it, with results told in pytest's form.

It runs inside the sandbox with the project's own interpreter: `python manage.py test --testrunner
rooftree_django.Runner`.
"""

from typing import Any

from django.conf import settings  # type: ignore[import-not-found]  # it is the project's
from django.test.utils import get_runner  # type: ignore[import-not-found]  # it is the project's
from rooftree_results import NAMES, QuietRunner, tell  # type: ignore[import-not-found]  # beside this

Base: Any = get_runner(settings)


class Runner(Base):  # type: ignore[misc]  # what it derives from is known in the sandbox alone
    """What the project's own runner does, and then what came of each test."""

    test_runner = QuietRunner

    def run_suite(self, suite: Any, **options: Any) -> Any:
        NAMES.note(suite)
        result = super().run_suite(suite, **options)
        tell(result)
        return result
