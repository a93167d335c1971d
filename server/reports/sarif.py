"""A review as SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from rooftree import __version__
from rooftree.text.visible import escaped_line
from server.reports.finding_places import current_lines, is_gone, removed_lines_text

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS = {"critical": "error", "major": "error", "minor": "warning", "nit": "note"}
FINGERPRINT = "rooftree/v1"


def sarif_report(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the log of one run: every finding, the hidden ones of low confidence as notes."""
    findings = told["findings"]
    rules = dict.fromkeys(_rule(one) for one in findings)
    order = {rule: number for number, rule in enumerate(rules)}
    notes = [
        *told["notes"],
        *(f"{escaped_line(o['path'])}: {o['reason']}" for o in told["not_reviewed"]),
        *(
            f"{escaped_line(one['where'])} holds what nobody sees: {one['what']}"
            for one in told["hidden_text"]
        ),
    ]
    levels = [("warning", note) for note in notes] + [("note", one) for one in told["bounds"]]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "rooftree",
                        "version": __version__,
                        "rules": [
                            {"id": rule, "shortDescription": {"text": rule.replace("/", " ")}}
                            for rule in rules
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": bool(told["looked"]),
                        "toolExecutionNotifications": [
                            {"level": level, "message": {"text": note}} for level, note in levels
                        ],
                    }
                ],
                "properties": {"status": told["status"], "verdict": told.get("verdict", "")},
                "results": [_result(one, order[_rule(one)]) for one in findings],
            }
        ],
    }


def _rule(one: Mapping[str, Any]) -> str:
    return f"{one['source'].replace(':', '/')}/{one['code'] or one['category']}"


def _result(one: Mapping[str, Any], index: int) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": quote(one["path"].encode("utf-8", "surrogateescape"))}}
    said = f"{removed_lines_text(one)}{one['claim']}"
    text = f"{said} When: {one['trigger']}" if one["trigger"] else said
    result: dict[str, Any] = {
        "ruleId": _rule(one),
        "ruleIndex": index,
        "level": LEVELS[one["severity"]] if one["inline"] else "note",
        "message": {"text": text},
        "locations": [{"physicalLocation": {**place, **_region(one)}}],
        "partialFingerprints": {FINGERPRINT: one["fingerprint"]},
        "rank": round(100 * one["confidence"], 1),
        "properties": {
            "severity": one["severity"],
            "category": one["category"],
            "evidence": one["evidence"],
            **({"proof": one["proof"], "proven": one["proven"]} if one.get("proof") else {}),
            **({"removed": one["quote"], "oldStartLine": one["line"]} if is_gone(one) else {}),
        },
    }
    fix = one["fix"]
    if fix:
        replacement = {
            "deletedRegion": {"startLine": fix["line"], "endLine": fix["end_line"]},
            "insertedContent": {"text": fix["replacement"]},
        }
        result["fixes"] = [
            {
                "description": {"text": "suggested by rooftree; it applies and parses"},
                "artifactChanges": [{**place, "replacements": [replacement]}],
            }
        ]
    return result


def _region(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return the lines of the new file; where the file is gone, a result has none."""
    start, end = current_lines(one)
    if not start:
        return {}
    region: dict[str, Any] = {"startLine": start, "endLine": end}
    if not is_gone(one):
        region["snippet"] = {"text": one["quote"]}
    return {"region": region}
