"""A fifth list of kinds, by an author who had seen neither the rules nor the lists before it."""

import base64
import string

from tests.secret_kinds.fifth_further import fifth_further
from tests.secret_kinds.fifth_services import fifth_services
from tests.secret_kinds.fifth_texts import fifth_texts
from tests.secret_kinds.making import (
    BASE32,
    BASE64_URL,
    DJANGO,
    Kind,
    body,
    each,
    encoded,
    glued,
    hexadecimal,
    password,
    token,
)
from tests.secrets_corpus import made_up

LETTERS = string.ascii_letters + string.digits


def fifth() -> list[Kind]:
    """Return the forty-nine kinds of the fifth list."""
    return [*_files(), *_commands(), *fifth_texts(), *fifth_services(), *fifth_further()]


def _pem_in_base64(name: str) -> str:
    """Return an armoured key as kubeconfig holds it: in base64, on one line."""
    label = "RSA PRIVATE " + "KEY-----"
    text = f"-----BEGIN {label}\n{body(f'fifth {name}', 8)}\n-----END {label}\n"
    return base64.b64encode(text.encode()).decode()


def _service_account_token(name: str) -> str:
    head = glued("ey", "JhbGciOiJSUzI1NiIsImtpZCI6") + made_up(f"fifth head {name}", 40, LETTERS)
    claims = glued("ey", "Jpc3MiOiJrdWJlcm5ldGVzL3NlcnZpY2VhY2NvdW50Iiwi")
    return ".".join(
        [
            head,
            claims + made_up(f"fifth claims {name}", 180, LETTERS),
            made_up(f"fifth signature {name}", 342, BASE64_URL),
        ]
    )


def _django(name: str) -> str:
    return made_up(f"fifth django {name}", 50, DJANGO)


def _files() -> list[Kind]:
    return [
        each(
            "django SECRET_KEY",
            (
                (
                    "# SECURITY WARNING: keep the secret key used in production secret!\n"
                    "SECRET_KEY = '§'\n\n"
                    "# SECURITY WARNING: don't run with debug turned on in production!\n"
                    "DEBUG = True\n"
                ),
                glued("django-", "insecure-") + _django("settings"),
            ),
            (
                "DEBUG=False\nDJANGO_SECRET_KEY='§'\nALLOWED_HOSTS=shop.example.com\n",
                _django("dotenv"),
            ),
            (
                (
                    "services:\n  web:\n    build: .\n    command: gunicorn shop.wsgi\n"
                    '    environment:\n      SECRET_KEY: "§"\n      DEBUG: "0"\n'
                ),
                _django("compose"),
            ),
        ),
        each(
            "kubeconfig",
            (
                (
                    "users:\n- name: kubernetes-admin\n  user:\n    client-key-data: §\n"
                    "current-context: kubernetes-admin@prod\n"
                ),
                _pem_in_base64("kubeconfig"),
            ),
            (
                (
                    'kubectl config set-cluster staging --server="https://10.20.0.5:6443"\n'
                    "kubectl config set-credentials deployer --token=§\n"
                    "kubectl config set-context staging --cluster=staging --user=deployer\n"
                ),
                _service_account_token("kubeconfig"),
            ),
            (
                '{\n  "users": [\n    {"name": "ci-bot", "user": {"token": "§"}}\n  ]\n}\n',
                hexadecimal("fifth kubeconfig", 64),
            ),
        ),
        each(
            "kubernetes Secret data",
            (
                (
                    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: postgres-credentials\n"
                    "type: Opaque\ndata:\n  POSTGRES_USER: c2hvcA==\n  POSTGRES_PASSWORD: §\n"
                ),
                encoded(password("fifth kubernetes yaml")),
            ),
            (
                (
                    '{\n  "apiVersion": "v1",\n  "kind": "Secret",\n'
                    '  "metadata": {"name": "billing", "namespace": "prod"},\n'
                    '  "data": {"api-key": "§"}\n}\n'
                ),
                encoded(token("fifth kubernetes json", 32)),
            ),
            (
                (
                    "kubectl -n prod patch secret mailer --type merge \\\n"
                    """  -p '{"data":{"smtp-password":"§"}}'\n"""
                    "kubectl -n prod rollout restart deploy/mailer\n"
                ),
                encoded(token("fifth kubernetes patch", 20)),
            ),
        ),
        each(
            "netrc",
            (
                "machine git.example.com\n  login build\n  password §\n",
                token("fifth netrc file", 20),
            ),
            (
                (
                    "FROM python:3.12-slim\n"
                    'RUN echo "machine pypi.example.com login reader password §" > ~/.netrc\n'
                    "RUN pip install -r requirements.txt\n"
                ),
                token("fifth netrc docker", 24),
            ),
            (
                (
                    "before_script:\n"
                    '  - echo -e "machine gitlab.example.com\\nlogin ci\\npassword §" > ~/.netrc\n'
                    "  - chmod 600 ~/.netrc\n"
                ),
                password("fifth netrc pipeline"),
            ),
        ),
        each(
            "Dockerfile ENV",
            (
                (
                    "FROM node:20-alpine\nWORKDIR /app\nENV NODE_ENV=production\n"
                    'ENV DB_PASSWORD=§\nCOPY . .\nCMD ["node", "server.js"]\n'
                ),
                token("fifth docker env", 18),
            ),
            (
                "FROM postgres:15\nENV POSTGRES_USER shop\nENV POSTGRES_PASSWORD §\nEXPOSE 5432\n",
                password("fifth docker env"),
            ),
            (
                (
                    "FROM ruby:3.2\nENV RAILS_ENV=production \\\n"
                    "    RAILS_LOG_TO_STDOUT=1 \\\n    SECRET_KEY_BASE=§ \\\n    PORT=3000\n"
                ),
                hexadecimal("fifth docker env", 128),
            ),
        ),
        each(
            "GCP private_key_id",
            (
                (
                    '{\n  "type": "service_account",\n  "project_id": "shop-prod-231415",\n'
                    '  "private_key_id": "§",\n'
                    '  "client_email": "deploy@shop-prod-231415.iam.gserviceaccount.com",\n'
                    '  "client_id": "104938271650293847561"\n}\n'
                ),
                hexadecimal("fifth gcp json", 40),
            ),
            (
                (
                    "bigquery:\n  type: service_account\n  project_id: analytics-eu\n"
                    "  private_key_id: §\n"
                    "  client_email: dbt@analytics-eu.iam.gserviceaccount.com\n"
                ),
                hexadecimal("fifth gcp yaml", 40),
            ),
            (
                (
                    "FIREBASE_PROJECT_ID=shop-app\nFIREBASE_PRIVATE_KEY_ID=§\n"
                    "FIREBASE_CLIENT_EMAIL=firebase-adminsdk@shop-app.iam.gserviceaccount.com\n"
                ),
                hexadecimal("fifth gcp env", 40),
            ),
        ),
    ]


def _commands() -> list[Kind]:
    return [
        each(
            "curl -u",
            (
                (
                    "#!/bin/sh\nset -e\n"
                    "curl -fsS -u deploy:§ -T build/app.tar.gz \\\n"
                    "  https://nexus.example.com/repository/releases/app.tar.gz\n"
                ),
                token("fifth curl script", 16),
            ),
            (
                (
                    "## Check the cluster\n\n```\n"
                    "curl -u 'elastic:§' https://es.example.com:9200/_cat/health\n```\n"
                ),
                password("fifth curl readme"),
            ),
            (
                (
                    "stage('Publish') {\n  steps {\n"
                    "    sh 'curl --user jenkins:§ -X POST https://ci.example.com/job/ship/build'\n"
                    "  }\n}\n"
                ),
                hexadecimal("fifth curl jenkins", 34),
            ),
        ),
        each(
            "mysql -p",
            (
                (
                    "#!/bin/bash\nDAY=$(date +%F)\n"
                    "mysqldump -h db1.example.com -u backup -p'§' shop | gzip > /backup/$DAY.gz\n"
                    "find /backup -mtime +14 -delete\n"
                ),
                password("fifth mysql backup"),
            ),
            (
                (
                    "db-shell:\n\tdocker-compose exec db mysql -uroot -p§ wordpress\n\n"
                    "db-up:\n\tdocker-compose up -d db\n"
                ),
                token("fifth mysql make", 14),
            ),
            (
                (
                    "healthcheck:\n"
                    '  test: ["CMD", "mysqladmin", "ping", "-h", "127.0.0.1", "-uroot", "-p§"]\n'
                    "  interval: 10s\n  retries: 5\n"
                ),
                token("fifth mysql compose", 16),
            ),
        ),
        each(
            "TOTP seed",
            (
                (
                    "import pyotp\n\n\ndef login_code():\n"
                    '    totp = pyotp.TOTP("§")\n    return totp.now()\n'
                ),
                made_up("fifth totp python", 32, BASE32),
            ),
            (
                (
                    "Scan this with the authenticator app:\n\n"
                    "otpauth://totp/Acme:ops@example.com?secret=§&issuer=Acme&digits=6\n"
                ),
                made_up("fifth totp url", 32, BASE32),
            ),
            (
                '#!/bin/sh\nCODE=$(oathtool --totp -b "§")\nvpn-connect --otp "$CODE"\n',
                made_up("fifth totp shell", 16, BASE32),
            ),
        ),
    ]
