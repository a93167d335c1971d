"""Files that are never indexed, read by a tool or shown, whatever the repository says.

They are the usual homes of secrets, and the insides of version control. Names are compared without
case, since `.ENV` is `.env` on many file systems.
"""

import re

CONTROL_FOLDERS = frozenset([".git", ".hg", ".svn"])
SECRET_FOLDERS = frozenset([".ssh", ".gnupg"])
EXAMPLES = (".example", ".sample", ".template")

_NAMES = re.compile(
    r"""\.env(?:\..*|rc)? | .+\.env
    | .*\.(?:pem|key|p12|pfx|pkcs12|jks|keystore|kdbx?|ppk|ovpn|agekey|keychain)
    | id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:[-_.](?:bak|old|backup|orig|priv|private|key|\d+))?
    | \.npmrc | \.yarnrc\.yml | \.pypirc | [._]netrc | \.git-credentials | \.htpasswd | \.pgpass
    | \.my\.cnf | \.s3cfg | \.boto | \.dockercfg | \.terraformrc | terraform\.rc | \.vault-token
    | kubeconfig | .*\.kubeconfig | .*\.tfstate(?:\..*)? | secring\..*""",
    re.VERBOSE | re.DOTALL,
)
_PLACES = re.compile(
    r"""(?:.*/)?(?:
      \.aws/(?:credentials|config) | \.docker/config\.json | \.kube/config
    | \.cargo/credentials(?:\.toml)? | \.gem/credentials | \.config/gh/hosts\.yml
    | \.config/gcloud/.* | \.azure/.*
    )""",
    re.VERBOSE | re.DOTALL,
)


def denied(path: str) -> bool:
    """Say whether the file at a root-relative path must never be looked into."""
    lowered = path.lower()
    *folders, name = lowered.split("/")
    if not (CONTROL_FOLDERS | SECRET_FOLDERS).isdisjoint(folders) or name in CONTROL_FOLDERS:
        return True
    if _PLACES.fullmatch(lowered):
        return True
    is_example = ".env" in name and name.endswith(EXAMPLES)
    return _NAMES.fullmatch(name) is not None and not is_example


def denied_folder(path: str) -> bool:
    """Say whether nothing below a folder may be looked into."""
    name = path.lower().rpartition("/")[2]
    return name in CONTROL_FOLDERS or name in SECRET_FOLDERS
