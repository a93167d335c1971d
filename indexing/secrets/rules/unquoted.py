"""Values that stand without quotes."""

import re

BARE = re.compile(r"""[^\s"'`,;<>(){}\[\]\\|&]*+""")
MIN_LENGTH, MAX_LENGTH = 8, 32_768
MAX_LOOKS = 4


class UnquotedValues:
    """The values of one text that stand without quotes, each looked at a bounded number of times.

    In `secret=secret=secret=…` every name has the rest of the line for its value: looked at from
    each of them anew, a line of a megabyte cost 28 s. One run of characters is measured once, and
    only the first few names in it get a value.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._run = (0, 0)
        self._looks = 0

    def end(self, start: int) -> int:
        """Return where the value that starts here ends, or `start` if there is none to look at."""
        if not self._run[0] <= start < self._run[1]:
            run = BARE.match(self.text, start)
            self._run = (start, run.end() if run is not None else start)
            self._looks = 0
        self._looks += 1
        end = self._run[1]
        if self._looks > MAX_LOOKS or not MIN_LENGTH <= end - start <= MAX_LENGTH:
            return start
        return start if self.text.startswith(("(", "[", "{"), end) else end
