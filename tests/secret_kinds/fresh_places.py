"""The kinds of the third list that stand in prose, addresses, hosts, tools, keys and services."""

from tests.secret_kinds.making import (
    BASE64,
    BASE64_URL,
    WORDS,
    Kind,
    base64_text,
    body,
    each,
    encoded,
    glued,
    hexadecimal,
    kind,
    password,
    sentence,
    token,
    upper,
    uuid,
)
from tests.secrets_corpus import DIGITS, LOWER_HEX, made_up


def in_places() -> list[Kind]:
    """Return the second part of the third list."""
    return [*_prose(), *_databases(), *_hosts(), *_tools(), *_keys(), *_services()]


def _prose() -> list[Kind]:
    return [
        each(
            "fresh comments",
            ("# the old api key § still works until March\n", token("fresh old key", 32)),
            ("// TODO: rotate the token §, it was posted in the chat\n", token("fresh todo", 36)),
            (" * Test account: qa@example.com, password §\n", password("fresh account")),
        ),
        each(
            "fresh logs",
            ("2024-03-02 10:11:12 INFO client: using API key §\n", token("fresh log key", 32)),
            ('10.0.0.9 - - "GET /v1/me?access_token=§ HTTP/1.1" 200\n', token("fresh query", 40)),
            ("DEBUG auth: login ok user=anna password=§ ip=10.0.0.9\n", password("fresh log")),
        ),
        each(
            "fresh passwords with spaces",
            ('admin_password = "§"\n', sentence("fresh spaces 1")),
            ("export RESTIC_PASSWORD='§'\n", sentence("fresh spaces 2")),
            ("backup:\n  passphrase: §\n  keep: 7\n", sentence("fresh spaces 3")),
        ),
        kind(
            "fresh netrc",
            password("fresh netrc"),
            "machine api.example.com login ci password §\n",
            "machine git.example.com\n  login builder\n  password §\n",
            'RUN echo "machine git.example.com login ci password §" > ~/.netrc\n',
        ),
    ]


def _databases() -> list[Kind]:
    return [
        kind(
            "fresh database urls",
            password("fresh url").replace("@", "%40").replace("#", "%23"),
            "DATABASE_URL=postgresql+asyncpg://shop:§@db.internal:5432/shop?ssl=require\n",
            '  "uri": "mongodb+srv://shop:§@cluster0.ab1cd.example.net/shop?retryWrites=true"\n',
            "CELERY_BROKER_URL = 'amqps://shop:§@rabbit.internal:5671/shop'\n",
        ),
        kind(
            "fresh jdbc",
            password("fresh jdbc"),
            "url=jdbc:mysql://db.internal:3306/shop?user=shop&password=§&useSSL=false\n",
            'String u = "jdbc:oracle:thin:shop/§@//db.internal:1521/ORCL";\n',
            'Connection c = DriverManager.getConnection(url, "shop", "§");\n',
        ),
        kind(
            "fresh odbc and dotnet",
            password("fresh odbc"),
            'cn = pyodbc.connect("Driver={ODBC Driver 17};Server=db;UID=sa;PWD=§;Encrypt=yes")\n',
            '    "Default": "Server=db;Database=Shop;User Id=sa;Password=§;Encrypt=True"\n',
            "dsn = 'host=db.internal user=shop password=§ dbname=shop'\n",
        ),
        each(
            "fresh azure",
            (
                "https://shop.blob.example.net/in?sv=2022-11-02&se=2030-01-01&sr=c&sp=r&sig=§\n",
                made_up("fresh sas", 43, BASE64).replace("/", "%2F").replace("+", "%2B") + "%3D",
            ),
            (
                (
                    "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=§;"
                    "EndpointSuffix=core.example.net\n"
                ),
                made_up("fresh account key", 86, BASE64) + "==",
            ),
            (
                "Endpoint=sb://shop.example.net/;SharedAccessKeyName=Root;SharedAccessKey=§\n",
                base64_text("fresh bus"),
            ),
        ),
    ]


def _hosts() -> list[Kind]:
    return [
        each(
            "fresh password hashes",
            ("admin:$apr1$§\n", glued(token("apr", 8), "$", token("apr hash", 22))),
            ("root:$6$§:19000:0:99999:7:::\n", glued(token("sh", 8), "$", token("shadow", 86))),
            ("svc:$2y$10$§\n", token("fresh bcrypt", 53)),
        ),
        kind(
            "fresh ldap",
            password("fresh ldap"),
            "ldapsearch -x -D cn=admin,dc=example,dc=com -w § -b dc=example,dc=com\n",
            "binddn cn=proxy,dc=example,dc=com\nbindpw §\n",
            'con.simple_bind_s("cn=admin,dc=example,dc=com", "§")\n',
        ),
        kind(
            "fresh radio and network",
            password("fresh radio"),
            'network={\n    ssid="warehouse"\n    psk="§"\n}\n',
            'WiFi.begin("warehouse", "§");\n',
            "snmp-server community § RW\n",
        ),
        each(
            "fresh mail",
            ("EMAIL_HOST_USER = 'bot'\nEMAIL_HOST_PASSWORD = '§'\n", password("fresh mail")),
            ('smtp.login("bot@example.com", "§")\n', password("fresh login")),
            ("[smtp.example.com]:587 bot@example.com:§\n", password("fresh postfix")),
        ),
    ]


def _tools() -> list[Kind]:
    return [
        kind(
            "fresh terraform",
            password("fresh terraform"),
            'variable "db_password" {\n  type    = string\n  default = "§"\n}\n',
            '  master_username = "shop"\n  master_password = "§"\n',
            '            "name": "shop",\n            "password": "§",\n',
        ),
        kind(
            "fresh ansible",
            password("fresh ansible"),
            "web1 ansible_host=10.0.0.4 ansible_user=deploy ansible_ssh_pass=§\n",
            "ansible_become_password: §\n",
            "- mysql_user: name=shop password=§ priv=shop.*:ALL state=present\n",
        ),
        each(
            "fresh vault",
            ("export VAULT_TOKEN=§\n", glued("hv", "s.") + token("fresh hvs", 24)),
            ("vault login §\n", "s." + token("fresh old vault", 24)),
            ("Unseal Key 1: §\nUnseal Key 2: x\n", base64_text("fresh unseal key")),
        ),
        each(
            "fresh package tools",
            ("//npm.example.com/:_authToken=§\n", token("fresh npm", 36)),
            ("[internal]\nusername = ci\npassword = §\n", password("fresh pypirc")),
            (
                "<server>\n  <id>releases</id>\n  <password>§</password>\n</server>\n",
                password("fresh maven"),
            ),
        ),
        each(
            "fresh clone urls",
            (
                "git clone https://x-access-token:§@github.com/example/shop.git\n",
                glued("gh", "s_") + token("fresh ghs", 36),
            ),
            (
                "shop @ git+https://oauth2:§@gitlab.example.com/shop/lib.git\n",
                glued("gl", "pat-") + token("fresh glpat", 20),
            ),
            (
                '[remote "origin"]\n\turl = https://x-token-auth:§@bitbucket.org/example/shop.git\n',
                token("fresh bitbucket", 40),
            ),
        ),
    ]


def _keys() -> list[Kind]:
    private = body("fresh service account")
    escaped = "\\n".join(private.split("\n"))
    begin, end = glued("-----BEGIN ", "PRIVATE KEY-----"), glued("-----END ", "PRIVATE KEY-----")
    return [
        each(
            "fresh service account",
            (
                (
                    '{\n  "type": "service_account",\n  "project_id": "shop",\n'
                    '  "private_key_id": "§",\n  "client_email": "ci@shop.example.com"\n}\n'
                ),
                hexadecimal("fresh key id", 40),
            ),
            (
                f'{{"type": "service_account", "private_key": "{begin}\\n§\\n{end}\\n"}}\n',
                escaped,
            ),
            ("export GOOGLE_CREDENTIALS=§\n", encoded('{"type": "service_account", "x": 1}' * 3)),
        ),
        each(
            "fresh armoured keys",
            (
                glued("-----BEGIN OPENSSH ", "PRIVATE KEY-----\n§\n")
                + glued("-----END OPENSSH ", "PRIVATE KEY-----\n"),
                body("fresh openssh", 5, 70, "b3BlbnNzaC1rZXktdjE"),
            ),
            (
                glued("-----BEGIN PGP ", "PRIVATE KEY BLOCK-----\n\n§\n=aB3d\n")
                + glued("-----END PGP ", "PRIVATE KEY BLOCK-----\n"),
                body("fresh pgp", start="lQOYBF"),
            ),
            (
                (
                    "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: ci\n"
                    "Public-Lines: 1\nAAAAC3NzaC1lZDI1\nPrivate-Lines: 1\n§\nPrivate-MAC: 00\n"
                ),
                base64_text("fresh putty", 48),
            ),
        ),
        each(
            "fresh wallets",
            ('const w = new ethers.Wallet("0x§", provider);\n', made_up("eth", 64, LOWER_HEX)),
            ("  networks: { main: { url, accounts: ['§'] } },\n", hexadecimal("hardhat", 64)),
            ('MNEMONIC="§"\n', " ".join(WORDS)),
        ),
        each(
            "fresh licences",
            ("APP_LICENSE_KEY=§\n", "-".join(upper(f"licence {n}", 5) for n in range(5))),
            ("common:\n  license_key: '§'\n", hexadecimal("fresh relic", 40)),
            ("<LicenseKey>§</LicenseKey>\n", uuid("fresh licence")),
        ),
    ]


def _services() -> list[Kind]:
    slack = "https://hooks.slack.com/services/T" + upper("t", 8) + "/B" + upper("b", 8) + "/§\n"
    return [
        each(
            "fresh chat hooks",
            ("notify:\n  webhook: " + slack, token("fresh slack", 24)),
            (
                'URL = "https://discord.com/api/webhooks/' + made_up("d", 18, DIGITS) + '/§"\n',
                made_up("fresh discord", 68, BASE64_URL),
            ),
            (
                "curl https://api.telegram.org/bot" + made_up("tg", 10, DIGITS) + ":§/getMe\n",
                "AA" + made_up("fresh telegram", 33, BASE64_URL),
            ),
        ),
        each(
            "fresh bots",
            ('client.run("§")\n', made_up("a", 24, BASE64_URL) + ".Gx." + made_up("b", 38)),
            ("bot = telebot.TeleBot('7001234567:§')\n", "AA" + made_up("bot", 33, BASE64_URL)),
            (
                "SLACK_BOT=§\n",
                glued("xo", "xb-") + made_up("x", 12, DIGITS) + "-" + token("xoxb", 24),
            ),
        ),
        each(
            "fresh headers",
            ('requests.get(url, headers={"X-Api-Key": "§"})\n', token("fresh header", 32)),
            ('curl -H "PRIVATE-TOKEN: §" https://gitlab.example.com/api\n', token("private", 20)),
            ("Authorization: Basic §\n", encoded("shop:" + password("fresh basic"))),
        ),
        each(
            "fresh sessions",
            ("Cookie: lang=en; sessionid=§; theme=dark\n", token("fresh cookie", 32)),
            (
                "Set-Cookie: connect.sid=s%3A§; Path=/; HttpOnly\n",
                made_up("fresh sid", 32, BASE64_URL) + "." + token("fresh sid mac", 43),
            ),
            (
                'const jwt = "§";\n',
                glued("ey", "JhbGciOiJIUzI1NiJ9.ey")
                + made_up("claims", 60, BASE64_URL)
                + "."
                + made_up("mac", 43, BASE64_URL),
            ),
        ),
        each(
            "fresh oauth clients",
            ('  "client_secret": "§",\n', glued("GOC", "SPX-") + token("fresh google", 28)),
            ("passport.use(new Github({ clientSecret: '§' }, done));\n", hexadecimal("gh", 40)),
            ('new OAuth2Client(CLIENT_ID, "§", REDIRECT);\n', token("fresh oauth", 36)),
        ),
        each(
            "fresh payments and hooks",
            (
                'event = Webhook.construct_event(body, header, "§")\n',
                glued("wh", "sec_") + token("fresh whsec", 32),
            ),
            ("stripe.api_key = '§'\n", glued("sk", "_live_") + token("fresh stripe", 24)),
            ("GITHUB_WEBHOOK=https://x.example.com\nWEBHOOK_HMAC=§\n", hexadecimal("hook", 40)),
        ),
    ]
