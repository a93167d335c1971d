"""The even half of the kinds: the one that the rules of redaction were written by."""

from tests.secret_kinds.making import (
    Kind,
    armoured,
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
    uuid,
)
from tests.secrets_corpus import LOWER_HEX, made_up


def learnt() -> list[Kind]:
    """Return the forty-nine kinds with even numbers."""
    return [*_frameworks(), *_stores(), *_formats(), *_services()]


def _frameworks() -> list[Kind]:
    return [
        each(
            "flask secret key",
            ("app.secret_key = b'§'\n", r"_5#y2L\xf4Q8z\n\xec" + made_up("flask", 8)),
            ('app.config["SECRET_KEY"] = "§"\n', hexadecimal("flask", 48)),
            ("flask:\n  SECRET_KEY: §\n", token("flask", 32)),
        ),
        each(
            "kubernetes secret",
            (
                (
                    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop\ntype: Opaque\n"
                    "data:\n  username: YWRtaW4=\n  code: §\n"
                ),
                encoded(password("kubernetes")),
            ),
            (
                "kind: Secret\nmetadata:\n  name: shop\nstringData:\n  conn: §\n  mode: plain\n",
                password("kubernetes two"),
            ),
            (
                '{"kind": "Secret", "apiVersion": "v1", "data": {"entry": "§"}}\n',
                encoded(token("kubernetes", 30)),
            ),
        ),
        kind(
            "lftp and sshpass",
            password("lftp"),
            "lftp -u deploy,§ sftp://files.shop.test\n",
            "RUN sshpass -p '§' ssh deploy@shop.test uptime\n",
            "sshpass -p§ scp build.tar deploy@shop.test:/srv\n",
        ),
        kind(
            "wget and httpie",
            password("wget"),
            "wget --user=deploy --password=§ https://shop.test/x.tar\n",
            "wget --http-user deploy --http-password '§' https://shop.test/\n",
            "http --auth deploy:§ https://shop.test/api\n",
        ),
        kind(
            "postgres client",
            password("psql"),
            "PGPASSWORD=§ psql -h db.shop.test -U shop\n",
            "db.shop.test:5432:shop:deploy:§\n",
            'psql "host=db.shop.test user=shop password=§ dbname=shop"\n',
        ),
        kind(
            "docker run and compose",
            password("compose"),
            "docker run -d -e MYSQL_ROOT_PASSWORD=§ mysql:8\n",
            "services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=§\n",
            "docker login -u deploy -p § registry.shop.test\n",
        ),
        kind(
            "aws secret by name",
            token("aws named"),
            "[default]\naws_secret_access_key = §\n",
            "AWS_SECRET_ACCESS_KEY=§ aws s3 ls\n",
            '{"Credentials": {"SecretAccessKey": "§", "Expiration": "2031-01-01T00:00:00Z"}}\n',
        ),
        each(
            "symmetric key by position",
            ('box = SecretBox(bytes.fromhex("§"))\n', hexadecimal("secretbox", 64)),
            ('cipher = AES.new(b"§", AES.MODE_CBC, iv)\n', token("aes", 16)),
            ('var k = new SecretKeySpec("§".getBytes(), "AES");\n', token("spec", 32)),
        ),
        kind(
            "yaml in other styles",
            password("yaml"),
            'db:\n  password: &main "§"\n',
            "db:\n  password: !!str §\n",
            "db: {user: shop, password: §, port: 5432}\n",
        ),
        kind(
            "password in prose",
            password("prose"),
            "# the password is §\n",
            "// login with admin / §\n",
            "2031-04-01 12:00:01 INFO Password for deploy: §\n",
        ),
        kind(
            "pass phrase",
            sentence("phrase"),
            'passphrase = "§"\n',
            "gpg --batch --passphrase '§' -d backup.gpg\n",
            'export SSH_KEY_PASSPHRASE="§"\n',
        ),
        each(
            "gcp private key",
            (
                '{"type": "service_account", "private_key": "§\\n"}\n',
                armoured("gcp", "PRIVATE ").replace("\n", "\\n"),
            ),
            (
                "info = {'private_key': '§\\n', 'token_uri': 'https://o.test'}\n",
                armoured("gcp two", "PRIVATE ").replace("\n", "\\n"),
            ),
            (
                'GOOGLE_CREDENTIALS="{\\"private_key\\": \\"§\\\\n\\"}"\n',
                armoured("gcp three", "PRIVATE ").replace("\n", "\\\\n"),
            ),
        ),
        each(
            "pem in base64",
            ("blob = '§'\n", encoded(armoured("wrapped"))),
            ("deploy_blob: §\n", encoded(armoured("wrapped two", "EC PRIVATE "))),
            ("KEYDATA=§\n", encoded(armoured("wrapped three", "OPENSSH PRIVATE "))),
        ),
        each(
            "random text under a neutral name",
            ('x = "§"\n', token("neutral", 40)),
            ("item:\n  value: §\n", base64_text("neutral", 44)),
            ("const k = '§';\n", token("neutral two", 32)),
        ),
        each(
            "recovery codes",
            ("recovery code: §\n", "-".join(made_up(f"code {n}", 5, LOWER_HEX) for n in range(4))),
            (
                'backup_codes = ["§"]\n',
                made_up("backup", 5, LOWER_HEX) + "-" + made_up("back", 5, LOWER_HEX),
            ),
            ("hotp_secret: §\n", made_up("hotp", 32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
        ),
    ]


def _stores() -> list[Kind]:
    return [
        kind(
            "redis",
            password("redis"),
            "REDIS_URL=redis://:§@cache.shop.test:6379/0\n",
            'client = redis.from_url("rediss://default:§@cache.shop.test")\n',
            "redis-cli -h cache.shop.test -a § ping\n",
        ),
        kind(
            "amqp",
            password("amqp"),
            "BROKER_URL=amqp://shop:§@mq.shop.test:5672//\n",
            "celery:\n  broker: 'amqps://shop:§@mq.shop.test/v'\n",
            'pika.PlainCredentials("shop", "§")\n',
        ),
        kind(
            "ado.net",
            password("ado"),
            '"Server=db;Database=shop;User Id=sa;Password=§;TrustServerCertificate=true"\n',
            '<add name="Db" connectionString="Data Source=db;Uid=sa;Pwd=§" />\n',
            '{"ConnectionStrings": {"Db": "Host=db;Username=shop;Password=§"}}\n',
        ),
        each(
            "jwe and paseto",
            (
                'sealed = "§"\n',
                glued("ey", "J")
                + made_up("jwe", 30)
                + ".."
                + made_up("jwe2", 16)
                + "."
                + made_up("jwe3", 40)
                + "."
                + made_up("jwe4", 22),
            ),
            ("cookie=§\n", "v2.lo" + "cal." + made_up("paseto", 90)),
            ("# see §\n", "v4.pub" + "lic." + made_up("paseto2", 120)),
        ),
        each(
            "basic authorization",
            ("Authorization: Basic §\n", encoded("deploy:" + password("basic"))),
            (
                'headers = {"Authorization": "Basic §"}\n',
                encoded("deploy:" + password("basic two")),
            ),
            ('requests.get(url, auth=("deploy", "§"))\n', password("basic three")),
        ),
        kind(
            "azure connection strings",
            base64_text("azure storage", 88),
            "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=§;EndpointSuffix=x\n",
            "Endpoint=sb://shop.test/;SharedAccessKeyName=Root;SharedAccessKey=§\n",
            "HostName=hub.shop.test;DeviceId=d1;SharedAccessKey=§\n",
        ),
        each(
            "teams and other webhooks",
            (
                glued("https://shop.webhook.office.com/web", "hookb2/")
                + uuid("t")
                + "@"
                + uuid("u")
                + "/IncomingWebhook/§/"
                + uuid("v")
                + "\n",
                hexadecimal("teams"),
            ),
            (
                "hook: https://discord.com/api/web" + "hooks/123456789012345678/§\n",
                token("discord hook", 68),
            ),
            (
                "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=x&token=§\n",
                token("chat hook", 43),
            ),
        ),
        each(
            "crypt hashes",
            ("root:§:19000:0:99999:7:::\n", "$6$" + token("salt", 16) + "$" + token("sha", 86)),
            (
                "stored = '§'\n",
                "$argon2id$v=19$m=65536,t=3,p=4$" + token("s", 22) + "$" + token("argon", 43),
            ),
            (
                '"hash": "§"\n',
                "pbkdf2_sha256$600000$" + token("ps", 22) + "$" + base64_text("pbkdf", 44),
            ),
        ),
        each(
            "pem in code",
            ("const pem = `§`;\n", armoured("js", "EC PRIVATE ")),
            (
                'String pem = "§\\n";\n',
                armoured("java").replace("\n", '\\n" +\n    "'),
            ),
            ("cat > /etc/k.pem <<EOF\n§\nEOF\n", armoured("heredoc", "PRIVATE ")),
        ),
        each(
            "pgp and ssh2 blocks",
            (
                "-----BEGIN PGP PRIVATE " + "KEY BLOCK-----\nVersion: GnuPG v2\n\n§\n=a1B2\n"
                "-----END PGP PRIVATE " + "KEY BLOCK-----\n",
                body("pgp", start="lQO"),
            ),
            (
                "---- BEGIN SSH2 ENCRYPTED PRIVATE " + 'KEY ----\nComment: "mine"\n§\n'
                "---- END SSH2 ENCRYPTED PRIVATE " + "KEY ----\n",
                body("ssh2", start="P2/"),
            ),
            ("-----BEGIN OPENSSH PRIVATE " + "KEY-----\n§\n", body("cut", start="b3B")),
        ),
        kind(
            "wireguard",
            base64_text("wireguard", 44),
            "[Interface]\nPrivateKey = §\nAddress = 10.0.0.1/24\n",
            "[Peer]\nPresharedKey = §\n",
            '  "wg0": {"privateKey": "§"}\n',
        ),
        kind(
            "terraform cloud",
            token("tfc", 14) + ".atlas" + "v1." + token("tfc2", 64),
            'credentials "app.terraform.io" {\n  token = "§"\n}\n',
            "TF_TOKEN_app_terraform_io=§ terraform plan\n",
            '{"credentials": {"app.terraform.io": {"token": "§"}}}\n',
        ),
        each(
            "python upload",
            ("[pypi]\nusername = deploy\npassword = §\n", password("pypirc")),
            ("TWINE_USERNAME=deploy TWINE_PASSWORD=§ twine upload dist/*\n", password("twine")),
            ("twine upload -u __token__ -p § dist/*\n", "py" + "pi-" + token("twine", 90)),
        ),
    ]


def _formats() -> list[Kind]:
    return [
        each(
            "composer auth",
            ('{"github-oauth": {"github.com": "§"}}\n', hexadecimal("composer", 40)),
            (
                '{"http-basic": {"repo.shop.test": {"username": "d", "password": "§"}}}\n',
                password("composer"),
            ),
            ('{"bearer": {"repo.shop.test": "§"}}\n', token("composer", 40)),
        ),
        kind(
            "maven and gradle",
            password("maven"),
            "<server>\n  <id>nexus</id>\n  <password>§</password>\n</server>\n",
            "<server>\n  <id>signer</id>\n  <passphrase>§</passphrase>\n</server>\n",
            "signing.keyId=24875D73\nsigning.password=§\n",
        ),
        kind(
            "java key store",
            password("keystore"),
            'store.load(in, "§".toCharArray());\n',
            "signingConfigs {\n  release {\n    storePassword '§'\n  }\n}\n",
            "keytool -list -keystore shop.jks -storepass §\n",
        ),
        each(
            ".net settings",
            ('{"Jwt": {"Issuer": "shop", "Key": "§"}}\n', token("dotnet", 44)),
            ('builder.Configuration["Smtp:Pass"] = "§";\n', password("dotnet")),
            ("Jwt__Key=§\n", token("dotnet two", 48)),
        ),
        kind(
            "php database",
            password("php"),
            "$db = new PDO('mysql:host=db;dbname=shop', 'shop', '§');\n",
            '$link = mysqli_connect("db", "shop", "§");\n',
            "return ['username' => 'shop', 'password' => '§'];\n",
        ),
        each(
            "windows",
            ("set DB_PASSWORD=§\r\n", password("windows")),
            ('$env:DEPLOY_API_KEY = "§"\n', token("windows", 32)),
            ('setx SHOP_SECRET "§"\n', password("windows two")),
        ),
        kind(
            "ansible",
            password("ansible"),
            "web1 ansible_host=10.0.0.1 ansible_become_pass=§\n",
            "all:\n  vars:\n    ansible_ssh_pass: §\n",
            "- mysql_user: name=shop password=§ state=present\n",
        ),
        kind(
            "helm and kubectl",
            password("helm"),
            "helm upgrade shop ./chart --set auth.password=§ --wait\n",
            "auth:\n  adminPassword: §\n",
            "kubectl create secret generic shop --from-literal=pw=§\n",
        ),
        kind(
            "laravel",
            "base64:" + base64_text("laravel", 44),
            "APP_NAME=Shop\nAPP_KEY=§\n",
            "'key' => env('APP_KEY', '§'),\n",
            "      APP_KEY: §\n",
        ),
        each(
            "twilio",
            ("TWILIO_AUTH_TOKEN=§\n", hexadecimal("twilio")),
            (
                'client = Client("A' + "C" + hexadecimal("sid") + '", "§")\n',
                hexadecimal("twilio two"),
            ),
            (
                "curl https://api.twilio.test -u 'A" + "C" + hexadecimal("sid two") + ":§'\n",
                hexadecimal("twilio three"),
            ),
        ),
        each(
            "payments",
            (
                'gateway = "§"\n',
                glued("access_token$produ", "ction$")
                + made_up("bt", 16, LOWER_HEX)
                + "$"
                + hexadecimal("bt"),
            ),
            ("paypal:\n  client_secret: §\n", "E" + token("paypal", 79)),
            ("SQUARE=§\n", "sq0" + "csp-" + token("square", 43)),
        ),
        each(
            "language models",
            ('login(token="§")\n', "h" + "f_" + token("hugging", 34)),
            ("ANTHROPIC=§\n", "sk" + "-ant-api03-" + token("anthropic", 86)),
            ("mistral_api_key: §\n", token("mistral", 32)),
        ),
    ]


def _services() -> list[Kind]:
    return [
        each(
            "sessions by other names",
            ("Cookie: PHPSESSID=§; theme=dark\n", token("php session", 26)),
            ("Set-Cookie: remember_token=§; Path=/\n", token("remember", 40)),
            ("curl -b '_gitlab_session=§' https://git.shop.test\n", hexadecimal("gitlab session")),
        ),
        each(
            "key headers",
            ("X-Api-Key: §\n", token("header", 32)),
            ('curl -H "X-Auth-Token: §" https://shop.test\n', hexadecimal("header", 32)),
            ('headers["apikey"] = "§"\n', token("header two", 36)),
        ),
        kind(
            "keys in a query",
            token("query", 36),
            "GET /v1/orders?access_token=§&page=2 HTTP/1.1\n",
            'fetch("https://api.shop.test/v1?api_key=§&q=x")\n',
            "https://maps.shop.test/js?v=3&key=§\n",
        ),
        each(
            "monitoring",
            ("SENTRY_DSN=https://§@o1.ingest.sentry.test/42\n", hexadecimal("sentry")),
            ("DD_API_KEY=§\n", hexadecimal("datadog")),
            ("license_key: '§'\n", hexadecimal("new relic", 36) + "NRAL"),
        ),
        kind(
            "ldap and imap",
            password("ldap"),
            "binddn cn=reader,dc=shop\nbindpw §\n",
            'imap.login("reader@shop.test", "§")\n',
            'conn.simple_bind_s("cn=reader,dc=shop", "§")\n',
        ),
        each(
            "network devices",
            ("enable secret 5 §\n", "$1$" + token("cs", 4) + "$" + token("cisco", 22)),
            ("snmp-server community § RO\n", password("snmp")),
            ("client shop {\n  ipaddr = 10.0.0.1\n  secret = §\n}\n", password("radius")),
        ),
        each(
            "mail services",
            ("MAILGUN=§\n", "key" + "-" + hexadecimal("mailgun")),
            ('sg = Client("§")\n', "S" + "G." + token("sg", 22) + "." + token("sg two", 43)),
            ("mailchimp: §\n", hexadecimal("mailchimp") + "-us" + "14"),
        ),
        each(
            "wallets",
            (
                'mnemonic = "§"\n',
                " ".join(sentence(f"wallet {n}").rpartition(" ")[0] for n in range(3)),
            ),
            ("PRIVATE_KEY=§\n", "0x" + hexadecimal("wallet", 64)),
            ("wif: §\n", "5K" + token("wif", 49)),
        ),
        each(
            "vault and consul",
            ("VAULT_TOKEN=§\n", uuid("vault")),
            ('{"encrypt": "§", "server": true}\n', base64_text("consul", 44)),
            ("vault login §\n", "hv" + "s." + token("vault", 90)),
        ),
    ]
