"""Which licences let a package's text be learnt from, read out of the package's own metadata.

Permissive ones only: MIT, BSD, Apache-2.0, ISC, PSF and the like. Where a package names several,
all must be permissive, unless it says that one may choose.
"""

import json
import re
from email.parser import HeaderParser

_PERMISSIVE = re.compile(
    r"\b(?:MIT|MIT-0|MIT-CMU|HPND|BSD|0BSD|BSD-[234]-Clause|Apache(?:-2\.0)?|ISC|ISCL|PSF|PSF-2\.0|"
    r"Python Software Foundation|Python-2\.0|Zlib|zlib|Unlicense|CC0-1\.0|BlueOak-1\.0\.0|X11|NCSA|"
    r"PostgreSQL|Expat|ZPL|Zope Public|AFL-2\.1|WTFPL|Boost|BSL-1\.0|curl)\b",
    re.IGNORECASE,
)
_RESTRICTED = re.compile(
    r"\b(?:L?A?GPL\w*|GNU|MPL|Mozilla|EPL|Eclipse|CDDL|EUPL|CeCILL|SSPL|BUSL|Commons Clause|"
    r"Elastic|proprietary|commercial|CC-BY-(?:SA|NC)\S*|OSL|Artistic|MS-PL|NVIDIA)",
    re.IGNORECASE,
)


def is_permissive(licence: str) -> bool:
    """Tell whether a licence as a package states it is permissive; an empty one is not."""
    text = licence.strip()
    if not text or _PERMISSIVE.search(text) is None:
        return False
    if _RESTRICTED.search(text) is None:
        return True
    choices = re.split(r"(?<!\s)\s+OR\s+", text.strip("()"))
    return len(choices) > 1 and any(
        _PERMISSIVE.search(choice) and not _RESTRICTED.search(choice) for choice in choices
    )


def licence_of_wheel(metadata: str) -> tuple[str, str]:
    """Return version and licence out of a wheel's METADATA; the licence may be empty.

    The expression counts first, then the classifiers, then the first line of the free text, which
    often holds the whole licence.
    """
    fields = HeaderParser().parsestr(metadata)
    version = fields.get("Version", "")
    if expression := fields.get("License-Expression", "").strip():
        return version, expression
    classifiers = [
        value.rpartition("::")[2].strip()
        for value in fields.get_all("Classifier", [])
        if value.startswith("License ::")
    ]
    named = [name for name in classifiers if name != "OSI Approved"]
    if named:
        return version, " AND ".join(named)
    stated = fields.get("License", "").strip().split("\n")[0]
    return version, stated[:80]


def licence_of_npm(manifest: str) -> tuple[str, str]:
    """Return version and licence out of a `package.json`."""
    try:
        fields = json.loads(manifest)
    except ValueError:
        return "", ""
    if not isinstance(fields, dict):
        return "", ""
    licence = fields.get("license", "")
    if isinstance(licence, dict):
        licence = licence.get("type", "")
    return str(fields.get("version", "")), licence if isinstance(licence, str) else ""
