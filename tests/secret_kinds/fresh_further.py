"""Ten kinds that were written with the third list and are counted apart from its forty-nine."""

from tests.secret_kinds.making import (
    BASE64,
    Kind,
    base64_text,
    each,
    hexadecimal,
    kind,
    password,
    token,
)
from tests.secrets_corpus import made_up


def further() -> list[Kind]:
    """Return the ten kinds."""
    return [
        each(
            "fresh dotnet settings",
            ('<add key="SmtpPass" value="§" />\n', password("fresh smtp pass")),
            (
                '{\n  "Jwt": {\n    "Issuer": "shop",\n    "Key": "§"\n  }\n}\n',
                token("fresh issuer", 48),
            ),
            (
                '$c = ConvertTo-SecureString "§" -AsPlainText -Force\n',
                password("fresh secure string"),
            ),
        ),
        kind(
            "fresh password on a command line",
            password("fresh command"),
            "openssl pkcs12 -export -inkey k.pem -in c.pem -out shop.p12 -passout pass:§\n",
            "echo '§' | sudo -S systemctl restart nginx\n",
            "docker login -u ci -p § registry.example.com\n",
        ),
        kind(
            "fresh flags",
            token("fresh flags", 32),
            "sonar-scanner -Dsonar.projectKey=shop -Dsonar.login=§\n",
            "./server --listen :8080 --admin-token § --verbose\n",
            "az login --service-principal -u http://shop-ci -p § --tenant example.com\n",
        ),
        kind(
            "fresh windows",
            password("fresh windows"),
            "net use Z: \\\\files\\share /user:CORP\\svc_build § /persistent:no\n",
            "set DB_PASS=§\r\nstart.bat\r\n",
            "psexec \\\\build01 -u CORP\\svc_build -p § cmd /c deploy.bat\n",
        ),
        kind(
            "fresh base64 in code",
            made_up("fresh joined 1", 64, BASE64),
            'String k = "MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSi"\n    + "§"\n    + "AgMBAAE=";\n',
            "KEY = (\n    '§'\n    '§'\n)\n",
            "const pem = [\n  '§',\n  '§',\n].join('\\n');\n",
        ),
        kind(
            "fresh notes",
            password("fresh notes"),
            "## Staging\n\n- URL: https://staging.example.com\n- Login: admin / §\n",
            "| Host | User | Password |\n|------|------|----------|\n| db1 | root | §|\n",
            "Log in with `admin` and the password `§` and open the second tab.\n",
        ),
        kind(
            "fresh urls without user",
            token("fresh redis", 24),
            "REDIS_URL=rediss://:§@cache.internal:6380/0\n",
            "SENTRY_DSN=https://§:" + hexadecimal("fresh sentry", 24) + "@sentry.example.com/4\n",
            "  url: redis://default:§@cache.internal:6379\n",
        ),
        kind(
            "fresh database calls",
            password("fresh connect"),
            'conn = pymysql.connect("db.internal", "shop", "§", "shop")\n',
            '$link = mysqli_connect("localhost", "shop", "§", "shop");\n',
            "const sequelize = new Sequelize('shop', 'shop', '§', { host: 'db' });\n",
        ),
        each(
            "fresh switches and tunnels",
            ("username admin privilege 15 secret 0 §\n", password("fresh switch")),
            ("[Interface]\nPrivateKey = §\nAddress = 10.8.0.2/24\n", base64_text("fresh guard")),
            ('vpn.example.com %any : PSK "§"\n', password("fresh ipsec")),
        ),
        each(
            "fresh units and schedules",
            ('[Service]\nEnvironment="DB_PASS=§"\n', password("fresh unit")),
            ("//files/share /mnt cifs username=svc,password=§,uid=1000 0 0\n", password("cifs")),
            ("RESTIC_REPOSITORY=s3:x\nAWS_SECRET_ACCESS_KEY=§\n", made_up("restic", 40, BASE64)),
        ),
    ]
