"""A fourth list of forty-nine kinds, by an author who read neither the rules nor other lists.

Its scope was fixed before it was written: what applications and shells hold (here), and what the
well-known scanners have rules for (`fourth_services`).
"""

from tests.secret_kinds.fourth_services import services
from tests.secret_kinds.making import (
    BASE32,
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
    sentence,
    token,
)
from tests.secrets_corpus import made_up


def fourth() -> list[Kind]:
    return [*_applications(), *_shells(), *_unnamed(), *_general(), *services()]


def _applications() -> list[Kind]:
    key = made_up("4 django", 50, DJANGO)
    return [
        kind(
            "fourth django",
            key,
            "DEBUG = True\nSECRET_KEY = '§'\nALLOWED_HOSTS = []\n",
            'SECRET_KEY = os.environ.get(\n    "DJANGO_SECRET_KEY",\n    r"§",\n)\n',
            "settings.configure(DEBUG=True, SECRET_KEY='§', ROOT_URLCONF=__name__)\n",
        ),
        each(
            "fourth kubernetes",
            (
                (
                    "users:\n- name: admin@prod\n  user:\n"
                    "    client-certificate-data: LS0tLS1CRUdJTg==\n    client-key-data: §\n"
                ),
                encoded(armoured("4 kube", "RSA PRIVATE ")),
            ),
            (
                (
                    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop-db\ntype: Opaque\n"
                    "data:\n  username: c2hvcA==\n  dsn: §\n"
                ),
                encoded("host=db user=shop pass=" + password("4 kube data")),
            ),
            (
                (
                    '{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "mail"},\n'
                    ' "stringData": {"relay": "§"}}\n'
                ),
                password("4 kube string"),
            ),
        ),
        kind(
            "fourth yaml block",
            token("4 block", 36),
            "production:\n  api_secret: |\n    §\n  region: eu\n",
            "env:\n  - name: WEBHOOK_TOKEN\n    value: >-\n      §\n  - name: PORT\n"
            '    value: "80"\n',
            "auth:\n  password: |-  # rotated in spring\n\n      §\n  user: shop\n",
        ),
        each(
            "fourth gcp private key id",
            (
                (
                    '{\n  "type": "service_account",\n  "project_id": "shop-1",\n'
                    '  "private_key_id": "§",\n  "client_email": "a@shop-1.example.com"\n}\n'
                ),
                hexadecimal("4 gcp one", 40),
            ),
            (
                "gcp:\n  type: service_account\n  private_key_id: §\n  client_id: '1042'\n",
                hexadecimal("4 gcp two", 40),
            ),
            ("export GCP_PRIVATE_KEY_ID=§\n", hexadecimal("4 gcp three", 40)),
        ),
        each(
            "fourth base64 lines",
            (
                "# exported with `base64 -w 64 keystore.jks`\nkeystore: |\n  §\nalias: shop\n",
                body("4 keystore", 5, 64, "/u3+7QAA"),
            ),
            ("KEY = (\n    '§'\n)\n", base64_text("4 in brackets", 64)),
            ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n\n§\n", body("4 bare")),
        ),
        each(
            "fourth totp",
            ("otpauth://totp/Shop:anna?secret=§&issuer=Shop\n", made_up("4 otp", 32, BASE32)),
            ('totp = pyotp.TOTP("§")\nprint(totp.now())\n', made_up("4 pyotp", 16, BASE32)),
            ("oathtool --totp -b §\n", made_up("4 oath", 32, BASE32)),
        ),
    ]


def _shells() -> list[Kind]:
    return [
        kind(
            "fourth netrc",
            password("4 netrc"),
            "machine api.example.com login anna password §\n",
            "machine git.example.com\n  login ci\n  password §\n\ndefault login anonymous\n",
            "RUN echo 'machine pypi.example.com login ci password §' > ~/.netrc\n",
        ),
        kind(
            "fourth curl user",
            password("4 curl"),
            "curl -u admin:§ https://api.example.com/v1/orders\n",
            "curl -sS --user 'ci:§' -T build.tgz https://files.example.com/\n",
            "subprocess.run(['curl', '-u', 'ci:§', url], check=True)\n",
        ),
        kind(
            "fourth mysql",
            password("4 mysql"),
            "mysql -u root -p§ shop < dump.sql\n",
            "0 3 * * * mysqldump -h db -ushop -p'§' --all-databases | gzip > /var/dump.gz\n",
            "healthcheck:\n  test: ['CMD', 'mysqladmin', 'ping', '-uroot', '-p§']\n",
        ),
        kind(
            "fourth dockerfile",
            token("4 docker env", 32),
            "FROM python:3.12\nENV APP_SECRET=§ \\\n    PORT=80\n",
            "FROM node:20\nENV API_TOKEN §\nCMD node .\n",
            'FROM alpine\nARG DEPLOY_PASSWORD="§"\nRUN ./deploy\n',
        ),
        each(
            "fourth spaces",
            ("spring.datasource.password=§\nspring.port=80\n", sentence("4 properties")),
            ('{"smtp": {"user": "shop", "password": "§"}}\n', sentence("4 json")),
            ("wifi:\n  ssid: Office\n  passphrase: §\n", sentence("4 yaml")),
        ),
    ]


def _unnamed() -> list[Kind]:
    fernet = made_up("4 fernet", 43, BASE64_URL) + "="
    aws = token("4 positional aws", 40)
    identity = glued("AKIA", made_up("4 identity", 16, BASE32))
    return [
        each(
            "fourth positional",
            (f'client = Minio("s3.example.com", "{identity}", "§")\n', aws),
            ('box = Fernet(b"§")\nprint(box.decrypt(blob))\n', fernet),
            (f"aws_setup.sh eu-west-1 {identity} §\n", aws),
        ),
        each(
            "fourth comment",
            ("# the api key is §, ask Anna before use\n", token("4 comment one", 32)),
            ("// TODO: remove, api key §\nfetch(url);\n", hexadecimal("4 comment two")),
            ("<!-- staging API key: § -->\n", token("4 comment three", 28)),
        ),
        each(
            "fourth neutral",
            ('{"name": "billing", "value": "§"}\n', token("4 neutral json", 48)),
            ('package shop\n\nconst internal = "§"\n', hexadecimal("4 neutral go", 64)),
            ("[session]\ndata = §\ntimeout = 30\n", base64_text("4 neutral ini", 44)),
        ),
    ]


def _general() -> list[Kind]:
    chosen = password("4 general")
    return [
        each(
            "fourth general",
            ("db_password = '§'  # local only\nconst_api = 1\n", chosen),
            ("module.exports = {\n  apiKey: `§`,\n  retries: 3,\n};\n", token("4 js", 32)),
            ('<add key="AuthToken" value="§" />\n', token("4 xml", 32)),
        ),
        each(
            "fourth private key",
            (
                "-----BEGIN EC PRIV" + "ATE KEY-----\n§\n-----END EC PRIV" + "ATE KEY-----\n",
                body("4 ec", 2),
            ),
            (
                ('const KEY = "-----BEGIN PRIVATE KEY-----\\n§\\n-----END PRIVATE KEY-----";\n'),
                body("4 js key").replace("\n", "\\n"),
            ),
            ("deploy:\n  ssh_key: |\n    §\n", armoured("4 ssh", "OPENSSH PRIVATE ")),
        ),
        each(
            "fourth basic auth",
            ("pip install -i https://ci:§@pypi.example.com/simple shop\n", password("4 pip url")),
            (
                '[remote "origin"]\n\turl = https://anna:§@git.example.com/shop.git\n',
                token("4 url"),
            ),
            ("Authorization: Basic §\n", encoded("ci:" + password("4 header"))),
        ),
        kind(
            "fourth database url",
            password("4 database").replace("@", "").replace("#", ""),
            "DATABASE_URL=postgres://shop:§@db.example.com:5432/shop\n",
            'engine = create_engine("mysql+pymysql://root:§@127.0.0.1/shop?charset=utf8")\n',
            "<value>jdbc:sqlserver://db:1433;databaseName=shop;user=sa;password=§;</value>\n",
        ),
    ]
