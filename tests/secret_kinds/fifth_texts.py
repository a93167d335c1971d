"""The part of the fifth list whose secrets stand by position, in texts and under neutral names."""

from tests.secret_kinds.making import (
    BASE64,
    BASE64_URL,
    Kind,
    base64_text,
    body,
    each,
    glued,
    hexadecimal,
    sentence,
    token,
    upper,
    uuid,
)
from tests.secrets_corpus import made_up


def fifth_texts() -> list[Kind]:
    """Return the kinds that no name of theirs tells: by position, in texts, under neutral names."""
    return [*_positions(), *_texts(), *_neutral()]


def _fernet(name: str) -> str:
    """Return what 32 bytes look like in base64: the last letter holds four bits."""
    last = made_up(f"fifth fernet last {name}", 1, "AEIMQUYcgkosw048")
    return made_up(f"fifth fernet {name}", 42, BASE64_URL) + last + "="


def _aws_id(name: str) -> str:
    return glued("AK", "IA") + upper(f"fifth aws id {name}", 16)


def _aws_secret(name: str) -> str:
    return made_up(f"fifth aws secret {name}", 40, BASE64)


def _positions() -> list[Kind]:
    return [
        each(
            "AWS keys by position",
            (
                (
                    "from boto.s3.connection import S3Connection\n\n"
                    f"conn = S3Connection('{_aws_id('boto')}', '§')\n"
                    "bucket = conn.get_bucket('shop-media')\n"
                ),
                _aws_secret("boto"),
            ),
            (
                (
                    "AWSCredentials credentials = new BasicAWSCredentials(\n"
                    f'    "{_aws_id("java")}",\n    "§"\n);\n'
                ),
                _aws_secret("java"),
            ),
            (
                (
                    "sess := session.Must(session.NewSession(&aws.Config{\n"
                    '\tRegion:      aws.String("eu-west-1"),\n'
                    "\tCredentials: credentials.NewStaticCredentials("
                    f'"{_aws_id("go")}", "§", ""),\n'
                    "}))\n"
                ),
                _aws_secret("go"),
            ),
        ),
        each(
            "Fernet key by position",
            (
                (
                    "from cryptography.fernet import Fernet\n\n"
                    "cipher = Fernet(b'§')\nplain = cipher.decrypt(row.payload)\n"
                ),
                _fernet("python"),
            ),
            (
                (
                    "const fernet = require('fernet');\n\n"
                    "const secret = new fernet.Secret('§');\n"
                    "const token = new fernet.Token({ secret, token: body, ttl: 0 });\n"
                ),
                _fernet("node"),
            ),
            (
                (
                    'k := fernet.MustDecodeKeys("§")\n'
                    "msg := fernet.VerifyAndDecrypt(tok, 60*time.Second, k)\n"
                ),
                _fernet("go"),
            ),
        ),
    ]


def _texts() -> list[Kind]:
    return [
        each(
            "YAML block scalar",
            (
                "db_user: shop\ndb_password: |\n  §\ndb_host: db1.example.com\n",
                token("fifth block ansible", 24),
            ),
            (
                (
                    "config:\n  auth:\n    clientId: portal\n    clientSecret: >-\n      §\n"
                    "    redirectUri: https://portal.example.com/callback\n"
                ),
                made_up("fifth block helm", 40, BASE64_URL),
            ),
            (
                (
                    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: webhook\n"
                    "stringData:\n  token: |-\n    §\n"
                ),
                hexadecimal("fifth block stringData", 40),
            ),
        ),
        each(
            "api key in a comment",
            (
                (
                    "# TODO: move to the vault. api key §\n"
                    "def fetch_rates(day):\n    return client.get('/rates', day=day)\n"
                ),
                hexadecimal("fifth comment python", 32),
            ),
            (
                (
                    "// staging api key §\n// (ask Jonas for the live one)\n"
                    "const BASE_URL = 'https://api.staging.example.com';\n"
                ),
                token("fifth comment js", 32),
            ),
            (
                (
                    "<!-- maps widget, api key § -->\n"
                    '<div id="map" data-zoom="12"></div>\n<script src="/js/map.js"></script>\n'
                ),
                uuid("fifth comment html"),
            ),
        ),
        each(
            "password with spaces",
            (
                'smtp:\n  host: mail.example.com\n  user: alerts\n  password: "§"\n  port: 587\n',
                sentence("fifth spaces yaml"),
            ),
            (
                "spring.datasource.username=shop\nspring.datasource.password=§\nserver.port=8080\n",
                sentence("fifth spaces properties"),
            ),
            (
                (
                    "$user = 'svc-backup'\n$password = '§'\n"
                    "$secure = ConvertTo-SecureString $password -AsPlainText -Force\n"
                ),
                sentence("fifth spaces powershell"),
            ),
        ),
        each(
            "wrapped base64 lines",
            (
                "kind: Secret\nmetadata:\n  name: tls\ndata:\n  keystore.p12: |\n    §\n",
                body("fifth wrapped yaml", 2, 76),
            ),
            (
                "#!/bin/sh\nbase64 -d > app/prod.jks <<'EOF'\n§\nEOF\n./gradlew assemble\n",
                body("fifth wrapped shell", 3, 76, glued("/u3+", "7QAAAAI")),
            ),
            (
                "KEYSTORE = (\n    §\n)\n",
                "\n".join(f'"{row}"' for row in body("fifth wrapped python", 4).split("\n")),
            ),
        ),
    ]


def _neutral() -> list[Kind]:
    return [
        each(
            "hex under a neutral name",
            (
                'ALGORITHM = "HS256"\nDATA = bytes.fromhex("§")\nTTL = 3600\n',
                hexadecimal("fifth hex python", 64),
            ),
            (
                '{\n  "name": "cookie",\n  "value": "§",\n  "maxAge": 86400\n}\n',
                hexadecimal("fifth hex json", 48),
            ),
            (
                "partner:\n  endpoint: https://partner.example.com/v2\n  ref: §\n  timeout: 30\n",
                hexadecimal("fifth hex yaml", 32),
            ),
        ),
        each(
            "high entropy under a neutral name",
            (
                "const x = '§';\nmodule.exports = { x, region: 'eu-west-1' };\n",
                token("fifth entropy js", 40),
            ),
            (
                'variable "shared" {\n  type    = string\n  default = "§"\n}\n',
                base64_text("fifth entropy terraform", 44),
            ),
            (
                "[partner]\nurl = https://feeds.example.com\nfield1 = §\nretries = 3\n",
                made_up("fifth entropy ini", 43, BASE64_URL),
            ),
        ),
    ]
