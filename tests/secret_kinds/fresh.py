"""Forty-nine further kinds, written by an author who had read neither the rules nor the two halves.

They are what someone who searches private repositories for a way in looks for. Here are those of
applications, commands, containers and encodings; `fresh_places` has the others, `fresh_further`
ten more that were written with them.
"""

from tests.secret_kinds.fresh_places import in_places
from tests.secret_kinds.making import (
    BASE32,
    BASE64,
    BASE64_URL,
    DJANGO,
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
    token,
    upper,
)
from tests.secrets_corpus import made_up


def fresh() -> list[Kind]:
    """Return the forty-nine kinds of the third list."""
    return [*_applications(), *_commands(), *_containers(), *_encodings(), *in_places()]


def _applications() -> list[Kind]:
    return [
        kind(
            "fresh django",
            made_up("fresh django", 50, DJANGO),
            "# SECURITY WARNING\nSECRET_KEY = 'django-insecure-§'\nDEBUG = True\n",
            "DEBUG=off\nSECRET_KEY=§\nALLOWED_HOSTS=shop.example.com\n",
            'SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", r"§")\n',
        ),
        each(
            "fresh rails and laravel",
            ("production:\n  secret_key_base: §\n", hexadecimal("fresh rails", 128)),
            ("APP_NAME=Shop\nAPP_KEY=base64:§\nAPP_DEBUG=false\n", base64_text("fresh laravel")),
            ("Devise.setup do |config|\n  config.pepper = '§'\nend\n", hexadecimal("devise", 128)),
        ),
        each(
            "fresh php",
            ("<?php\ndefine( 'DB_PASSWORD', '§' );\n", password("fresh wordpress")),
            ("$db = new PDO('mysql:host=db;dbname=shop', 'shop', '§');\n", password("fresh pdo")),
            (
                "define('SECURE_AUTH_KEY',  '§');\n",
                made_up("fresh salt", 64, DJANGO + "~`|<>?{}[],.:;/"),
            ),
        ),
        kind(
            "fresh spring and java",
            password("fresh spring"),
            "spring.datasource.username=shop\nspring.datasource.password=§\n",
            "spring:\n  mail:\n    username: bot\n    password: §\n    port: 587\n",
            '@Value("${shop.ftp.password:§}")\nprivate String ftpPassword;\n',
        ),
        each(
            "fresh express and next",
            ("app.use(session({ secret: '§', resave: false }));\n", password("fresh express")),
            ("NEXTAUTH_URL=http://localhost:3000\nNEXTAUTH_SECRET=§\n", base64_text("nextauth")),
            ('app.use(cookieParser("§"));\n', token("fresh cookies", 32)),
        ),
        kind(
            "fresh mobile",
            password("fresh keystore"),
            "storeFile=upload.jks\nstorePassword=§\nkeyAlias=upload\n",
            '    release {\n        keyAlias "upload"\n        keyPassword "§"\n    }\n',
            'ENV["FASTLANE_PASSWORD"] = "§"\n',
        ),
    ]


def _commands() -> list[Kind]:
    return [
        kind(
            "fresh curl",
            password("fresh curl"),
            "curl -fsSL -u deploy:§ https://nexus.example.com/repository/raw/app.tgz -o app.tgz\n",
            "\tcurl --silent --user 'admin:§' -X POST https://ci.example.com/job/build\n",
            'subprocess.run(["curl", "-u", "svc:§", "https://api.example.com/me"], check=True)\n',
        ),
        kind(
            "fresh mysql",
            password("fresh mysql"),
            "mysql -h db.internal -u root -p§ shop < schema.sql\n",
            "0 3 * * * mysqldump --single-transaction -ubackup -p'§' shop | gzip > /backup/s.gz\n",
            '      test: ["CMD", "mysqladmin", "ping", "-h", "localhost", "-p§"]\n',
        ),
        kind(
            "fresh postgres tools",
            password("fresh postgres"),
            "PGPASSWORD=§ psql -h db.internal -U shop -c 'select 1'\n",
            "db.internal:5432:shop:shop:§\n",
            "CREATE ROLE shop WITH LOGIN PASSWORD '§';\n",
        ),
        kind(
            "fresh sshpass and redis",
            password("fresh sshpass"),
            "sshpass -p '§' ssh -o StrictHostKeyChecking=no root@10.0.0.4 uptime\n",
            "sshpass -p§ rsync -az dist/ deploy@web1:/srv/www/\n",
            "redis-cli -h cache.internal -a § --no-auth-warning FLUSHALL\n",
        ),
    ]


def _containers() -> list[Kind]:
    return [
        each(
            "fresh dockerfile",
            ("FROM node:20\nENV DB_PASSWORD §\nCOPY . .\n", password("fresh env")),
            (
                "ENV NODE_ENV=production \\\n    SESSION_KEY=§ \\\n    PORT=80\n",
                token("fresh env 2"),
            ),
            ("ARG NPM_TOKEN=§\nRUN npm ci\n", token("fresh arg", 36)),
        ),
        kind(
            "fresh compose",
            password("fresh compose"),
            "    environment:\n      - POSTGRES_USER=shop\n      - POSTGRES_PASSWORD=§\n",
            "    environment:\n      MYSQL_ROOT_PASSWORD: §\n      MYSQL_DATABASE: shop\n",
            "  cache:\n    image: redis:7\n    command: redis-server --requirepass §\n",
        ),
        each(
            "fresh kubernetes secret",
            (
                (
                    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop\ntype: Opaque\ndata:\n"
                    "  username: c2hvcA==\n  db: §\n"
                ),
                encoded(password("fresh secret data")),
            ),
            (
                (
                    "kind: Secret\napiVersion: v1\nstringData:\n  app.ini: |\n    [db]\n"
                    "    user = shop\n    pass = §\n"
                ),
                password("fresh string data"),
            ),
            (
                '{"apiVersion": "v1", "data": {"tls.key": "§"}, "kind": "Secret"}\n',
                encoded(armoured("fresh tls")),
            ),
        ),
        each(
            "fresh kubeconfig",
            (
                (
                    "users:\n- name: admin\n  user:\n    client-certificate-data: LS0tLS1CRUdJ\n"
                    "    client-key-data: §\n"
                ),
                encoded(armoured("fresh client key")),
            ),
            (
                "users:\n- name: ci\n  user:\n    token: §\n",
                glued("ey", "JhbGciOiJSUzI1NiJ9.")
                + made_up("fresh bearer", 180, BASE64_URL)
                + "."
                + made_up("fresh signature", 86, BASE64_URL),
            ),
            (
                "kubectl config set-credentials admin --username=admin --password=§\n",
                password("fresh kubectl"),
            ),
        ),
        each(
            "fresh docker and git stores",
            (
                '{"auths": {"registry.example.com": {"auth": "§"}}}\n',
                encoded("ci:" + password("fresh docker auth")),
            ),
            ("https://builder:§@git.example.com\n", token("fresh git store", 20)),
            (
                (
                    "kubectl create secret docker-registry pull --docker-username=ci"
                    " --docker-password='§'\n"
                ),
                password("fresh pull"),
            ),
        ),
    ]


def _encodings() -> list[Kind]:
    return [
        each(
            "fresh block scalars",
            ("smtp:\n  password: >-\n    §\n  port: 25\n", password("fresh folded")),
            ("api_token: |\n  §\nregion: eu\n", token("fresh literal")),
            ("vault:\n  unseal: |2-\n      §\n  next: 1\n", base64_text("fresh unseal")),
        ),
        each(
            "fresh base64 lines",
            (
                "base64 -d <<'EOF' > deploy.key\n§\nEOF\n",
                body("fresh here document", start="LS0tLS1CRUdJTi"),
            ),
            ("  signing: |\n    §\n  port: 1\n", body("fresh wrapped")),
            (
                'echo "§" | base64 --decode > $HOME/secring.gpg\n',
                made_up("fresh secring", 400, BASE64),
            ),
        ),
        each(
            "fresh neutral hex",
            ('private static final String K = "§";\n', hexadecimal("fresh k", 64)),
            ("app:\n  name: shop\n  main: §\n", hexadecimal("fresh main", 64)),
            ('mac = hmac.new(b"§", body, hashlib.sha256)\n', hexadecimal("fresh mac", 32)),
        ),
        each(
            "fresh neutral entropy",
            ("client.init('§')\n", token("fresh init", 40)),
            ('{"name": "billing", "value": "§"}\n', token("fresh value", 40)),
            ("X=§\n./run.sh\n", made_up("fresh x", 43, BASE64_URL)),
        ),
        each(
            "fresh one-time seeds",
            ('code = pyotp.TOTP("§").now()\n', made_up("fresh totp", 32, BASE32)),
            (
                "otpauth://totp/Shop:admin%40example.com?secret=§&issuer=Shop\n",
                made_up("fresh otpauth", 16, BASE32),
            ),
            ("oathtool -b --totp §\n", made_up("fresh oathtool", 26, BASE32)),
        ),
        each(
            "fresh positional aws",
            (
                's3 = boto3.client("s3", "' + glued("AK", "IA") + upper("p1", 16) + '", "§")\n',
                made_up("fresh boto", 40, BASE64),
            ),
            (
                (
                    "AWSCredentials c = new BasicAWSCredentials(\n    "
                    f'"{glued("AK", "IA")}{upper("p2", 16)}",\n    "§");\n'
                ),
                made_up("fresh java aws", 40, BASE64),
            ),
            (
                f'aws.NewStaticCredentials("{glued("AK", "IA")}{upper("p3", 16)}", "§", "")\n',
                made_up("fresh go aws", 40, BASE64),
            ),
        ),
        each(
            "fresh positional ciphers",
            ('box = Fernet(b"§")\n', made_up("fresh fernet", 43, BASE64_URL) + "="),
            ('f = MultiFernet([Fernet("§"), old])\n', made_up("fresh multi", 43, BASE64_URL) + "="),
            (
                'cipher = AES.new(bytes.fromhex("§"), AES.MODE_GCM)\n',
                hexadecimal("fresh aes", 64),
            ),
        ),
    ]
