"""What is random and no secret stays: digests, commit ids, lock files, test vectors, source."""

import sysconfig
import time
from pathlib import Path

import pytest

from indexing.secrets.redact import findings, redact
from tests.secret_kinds.making import base64_text, body, hexadecimal, token, uuid

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
CPU_SECONDS = 20
LINES_OF_ONE = 50_000
ENTRIES = 12


def sha(name: str, length: int = 64) -> str:
    return hexadecimal(name, length)


def sri(name: str) -> str:
    return "sha512-" + base64_text(name, 87) + "="


# One entry of a file of each kind; N is its number.
FILES = {
    "package-lock.json": lambda n: (
        f'"node_modules/token-{n}": {{"version": "1.{n}.0", "resolved": '
        f'"https://npm.test/t/-/token-{n}.tgz", "integrity": "{sri(f"npm{n}")}"}},'
    ),
    "yarn.lock": lambda n: (
        f'js-tokens@^4.{n}.0, "secret-stack@npm:^6.{n}":\n  version "4.{n}.0"\n'
        f'  resolved "https://yarn.test/js-tokens.tgz#{sha(f"y{n}", 40)}"\n'
        f"  integrity {sri(f'yarn{n}')}\n  dependencies:\n"
        f'    loose-envify "^1.{n}.0"\n    minipass: "npm:^7.0.{n}"'
    ),
    "berry.lock": lambda n: (
        f'"password-prompt@npm:^1.{n}.0":\n  version: 1.{n}.0\n'
        f'  resolution: "password-prompt@npm:1.{n}.0"\n  checksum: 10c0/{sha(f"b{n}", 128)}'
    ),
    "pnpm-lock.yaml": lambda n: (
        f"  /token-types@5.{n}.0:\n    resolution: {{integrity: {sri(f'pnpm{n}')}}}\n    dev: true"
    ),
    "Cargo.lock": lambda n: (
        f'[[package]]\nname = "secrecy{n}"\nversion = "0.{n}.1"\n'
        f'source = "registry+https://crates.test/index"\nchecksum = "{sha(f"cargo{n}")}"'
    ),
    "go.sum": lambda n: (
        f"golang.test/x/oauth2 v0.0.0-2018{n:02}21212333-{sha(f'go{n}', 12)}/go.mod "
        f"h1:{base64_text(f'go{n}', 44)}"
    ),
    "poetry.lock": lambda n: (
        f'[[package]]\nname = "keyring{n}"\nfiles = [\n    {{file = "keyring-{n}.tar.gz", '
        f'hash = "sha256:{sha(f"poetry{n}")}"}},\n]\ncontent-hash = "{sha(f"p{n}")}"'
    ),
    "uv.lock": lambda n: (
        f'sdist = {{ url = "https://files.test/{sha(f"u{n}", 2)}/{sha(f"uv{n}", 60)}/token-{n}'
        f'.tar.gz", hash = "sha256:{sha(f"uv{n}")}", size = 1{n}20 }}'
    ),
    "requirements.txt": lambda n: (
        f"passlib=={n}.7.4 \\\n    --hash=sha256:{sha(f'r{n}')} \\\n"
        f"    --hash=sha256:{sha(f's{n}')}"
    ),
    "Pipfile.lock": lambda n: f'"hashes": [\n"sha256:{sha(f"pip{n}")}",\n],\n"version": "=={n}.1"',
    "composer.lock": lambda n: (
        f'"name": "acme/token{n}",\n"source": {{"type": "git", "reference": "{sha(f"c{n}", 40)}"}},'
        f'\n"dist": {{"shasum": "", "reference": "{sha(f"c{n}", 40)}"}},'
        f'\n"content-hash": "{sha(f"ch{n}", 32)}",'
    ),
    "Gemfile.lock": lambda n: (
        f"  remote: https://git.test/token.git\n  revision: {sha(f'gem{n}', 40)}\n"
        f"CHECKSUMS\n  oauth2 (2.{n}.1) sha256={sha(f'gs{n}')}"
    ),
    "flake.lock": lambda n: (
        f'"lastModified": 17000000{n:02},\n"narHash": "sha256-{base64_text(f"nix{n}", 44)}",\n'
        f'"rev": "{sha(f"nix{n}", 40)}",'
    ),
    "Package.resolved": lambda n: f'"revision" : "{sha(f"swift{n}", 40)}",\n"version" : "1.{n}"',
    "mix.lock": lambda n: (
        f'"plug{n}": {{:hex, :plug, "1.{n}.0", "{sha(f"mix{n}")}", [:mix], [], "hexpm", '
        f'"{sha(f"mx{n}")}"}},'
    ),
    "deno.lock": lambda n: (
        f'"https://deno.test/std@0.{n}.0/token.ts": "{sha(f"deno{n}")}",\n'
        f'"npm:jose@{n}": {{"integrity": "{sri(f"jose{n}")}"}},'
    ),
    "CHANGELOG.md": lambda n: (
        f"- Read the password once ([{sha(f'cl{n}', 7)}](https://git.test/c/{sha(f'cl{n}', 40)}))\n"
        f"- token: keep it ({sha(f'cm{n}', 40)}), fixes #1{n}, thanks @ann\n"
        f"  sha256 of v1.{n}.0.tar.gz: {sha(f'rel{n}')}"
    ),
    "SHA256SUMS": lambda n: f"{sha(f'sums{n}')}  secret-tool_1.{n}_amd64.deb",
    "test_vectors.json": lambda n: (
        f'{{"tcId": {n}, "key": "{sha(f"k{n}", 32)}", "iv": "{sha(f"iv{n}", 24)}",\n "msg": '
        f'"{sha(f"m{n}", 48)}", "ct": "{sha(f"ct{n}", 48)}", "tag": "{sha(f"t{n}", 32)}"}},'
    ),
    "test_hashes.py": lambda n: (
        f'    check("md5", b"abc{n}", "{sha(f"md{n}", 32)}")\n'
        f'    expected = "{sha(f"ex{n}", 128)}"\n'
        f'    key = bytes.fromhex("{sha(f"th{n}", 64)}")\n    assert digest == "{sha(f"d{n}", 40)}"'
    ),
    "certificate.pem": lambda n: (
        f"-----BEGIN CERTIFICATE-----\n{body(f'cert{n}')}\n-----END CERTIFICATE-----\n"
        f"-----BEGIN PUBLIC KEY-----\n{body(f'pub{n}')}\n-----END PUBLIC KEY-----"
    ),
    "page.html": lambda n: (
        f'<img src="data:image/png;base64,{base64_text(f"img{n}", 400)}">\n'
        f'<script src="/a.{sha(f"js{n}", 20)}.js" integrity="{sri(f"s{n}")}"></script>'
    ),
    "authorized_keys": lambda n: f"ssh-ed25519 {'AAAAC3Nza' + token(f'ssh{n}', 59)} ann@shop.test",
    "ids.yaml": lambda n: (
        f"commit: {sha(f'id{n}', 40)}\nid: {uuid(f'id{n}')}\ndigest: sha256:{sha(f'dg{n}')}\n"
        f"image: shop/app@sha256:{sha(f'im{n}')}\netag: '{sha(f'et{n}', 32)}'"
    ),
}


# A single vector is told from a key by nothing; a diff may show one entry of all others.
CASES = [(name, ENTRIES) for name in FILES] + [(n, 1) for n in FILES if not n.startswith("test_")]


@pytest.mark.parametrize(("name", "entries"), CASES)
def test_files_of_digests_hold_no_secrets(name: str, entries: int) -> None:
    text = "\n".join(FILES[name](number) for number in range(entries)) + "\n"
    assert redact(text) == text


def test_the_standard_library_loses_at_most_one_line_of_fifty_thousand() -> None:
    started, lines, found = time.process_time(), 0, []
    for path in sorted(LIBRARY.rglob("*.py")):
        if "site-packages" in path.parts or "test" in path.parts:
            continue
        text = path.read_text("utf-8", "replace")
        lines += text.count("\n")
        found += [f"{path}:{finding.line} {finding.kind}" for finding in findings(text)]
        if time.process_time() - started > CPU_SECONDS:
            break
    assert lines > LINES_OF_ONE
    assert len(found) <= lines / LINES_OF_ONE, found
