"""The part of the fifth list with forges, registries and clouds that scanners have rules for."""

import string

from tests.secret_kinds.making import (
    BASE64,
    BASE64_URL,
    Kind,
    each,
    encoded,
    glued,
    hexadecimal,
    password,
    upper,
    uuid,
)
from tests.secrets_corpus import made_up

LETTERS = string.ascii_letters + string.digits


def fifth_services() -> list[Kind]:
    """Return the kinds of forges, registries of packages and clouds."""
    return [*_forges(), *_packages(), *_clouds()]


def chars(name: str, length: int) -> str:
    return made_up(f"fifth {name}", length, LETTERS)


def url_chars(name: str, length: int) -> str:
    return made_up(f"fifth {name}", length, BASE64_URL)


def hexes(name: str, length: int = 32) -> str:
    return hexadecimal(f"fifth {name}", length)


def digits(name: str, length: int) -> str:
    return "7" + made_up(f"fifth {name}", length - 1, string.digits)


def capitals(name: str, length: int) -> str:
    return upper(f"fifth {name}", length)


def _storage_key(name: str) -> str:
    """Return what 64 bytes look like in base64: the last letter holds two bits."""
    last = made_up(f"fifth last {name}", 1, "AQgw")
    return made_up(f"fifth {name}", 85, BASE64) + last + "=="


def _forges() -> list[Kind]:
    return [
        each(
            "GitHub",
            (
                "GITHUB_USER=acme-bot\nGITHUB_TOKEN=§\n",
                glued("gh", "p_") + chars("github dotenv", 36),
            ),
            (
                "git clone https://x-access-token:§@github.com/acme/shop.git\ncd shop && make\n",
                glued("gh", "s_") + chars("github clone", 36),
            ),
            (
                (
                    "const { Octokit } = require('@octokit/rest');\n"
                    "const octokit = new Octokit({ auth: '§' });\n"
                ),
                glued("github", "_pat_") + chars("github a", 22) + "_" + chars("github b", 59),
            ),
        ),
        each(
            "GitLab",
            (
                (
                    'curl --header "PRIVATE-TOKEN: §" \\\n'
                    '  "https://gitlab.example.com/api/v4/projects/42/pipelines"\n'
                ),
                glued("gl", "pat-") + url_chars("gitlab curl", 20),
            ),
            (
                (
                    '[[runners]]\n  name = "docker-1"\n  url = "https://gitlab.example.com/"\n'
                    '  token = "§"\n  executor = "docker"\n'
                ),
                glued("gl", "rt-") + url_chars("gitlab runner", 20),
            ),
            (
                (
                    "import gitlab\n\n"
                    "gl = gitlab.Gitlab('https://gitlab.example.com', private_token='§')\n"
                ),
                glued("gl", "pat-") + url_chars("gitlab python", 20),
            ),
        ),
    ]


def _packages() -> list[Kind]:
    return [
        each(
            "npm",
            (
                "registry=https://npm.corp.example/\n//npm.corp.example/:_authToken=§\n",
                glued("np", "m_") + chars("npm rc", 36),
            ),
            (
                (
                    "jobs:\n  publish:\n    steps:\n      - run: npm publish\n"
                    "        env:\n          NODE_AUTH_TOKEN: §\n"
                ),
                glued("np", "m_") + chars("npm workflow", 36),
            ),
            (
                'npmRegistryServer: "https://npm.example.com"\nnpmAuthToken: "§"\n',
                uuid("fifth npm yarn"),
            ),
        ),
        each(
            "PyPI",
            (
                "[pypi]\nusername = __token__\npassword = §\n",
                glued("pypi-", "AgEIcHlwaS5vcmc") + url_chars("pypi rc", 150),
            ),
            (
                "publish:\n\tpython -m build\n\ttwine upload -u __token__ -p § dist/*\n",
                glued("pypi-", "AgEIcHlwaS5vcmc") + url_chars("pypi make", 142),
            ),
            (
                "poetry config pypi-token.pypi §\npoetry publish --build\n",
                glued("pypi-", "AgEIcHlwaS5vcmc") + url_chars("pypi poetry", 160),
            ),
        ),
        each(
            "Docker Hub",
            (
                "echo '§' | docker login -u acmebot --password-stdin\ndocker push acme/shop:1.4\n",
                glued("dckr", "_pat_") + url_chars("docker login", 27),
            ),
            (
                (
                    '{\n  "auths": {\n    "https://index.docker.io/v1/": {\n'
                    '      "auth": "§"\n    }\n  }\n}\n'
                ),
                encoded("acmebot:" + password("fifth docker config")),
            ),
            (
                "env:\n  DOCKERHUB_USERNAME: acmebot\n  DOCKERHUB_TOKEN: §\n",
                glued("dckr", "_pat_") + url_chars("docker env", 27),
            ),
        ),
        each(
            "HuggingFace",
            (
                "from huggingface_hub import login\n\nlogin(token='§')\n",
                glued("h", "f_") + made_up("fifth hf python", 34, string.ascii_letters),
            ),
            (
                "HF_HOME=/data/hf\nHUGGING_FACE_HUB_TOKEN=§\n",
                glued("h", "f_") + made_up("fifth hf dotenv", 34, string.ascii_letters),
            ),
            (
                (
                    'curl -H "Authorization: Bearer §" \\\n'
                    "  https://api-inference.huggingface.co/models/gpt2\n"
                ),
                glued("h", "f_") + made_up("fifth hf curl", 34, string.ascii_letters),
            ),
        ),
        each(
            "OpenAI",
            (
                "import openai\n\nopenai.api_key = '§'\n",
                glued("sk", "-") + chars("openai a", 20) + glued("T3Blbk", "FJ") + chars("oa", 20),
            ),
            (
                "NEXT_PUBLIC_URL=http://localhost:3000\nOPENAI_API_KEY=§\n",
                glued("sk-", "proj-")
                + url_chars("openai b", 74)
                + glued("T3Blbk", "FJ")
                + url_chars("openai c", 74),
            ),
            (
                "llm:\n  provider: openai\n  model: gpt-4o\n  api_key: §\n  temperature: 0.2\n",
                glued("sk", "-") + chars("openai d", 20) + glued("T3Blbk", "FJ") + chars("od", 20),
            ),
        ),
    ]


def _clouds() -> list[Kind]:
    aws_id = glued("AK", "IA") + capitals("aws id", 16)
    return [
        each(
            "AWS secret key assignment",
            (
                (
                    f"[default]\naws_access_key_id = {aws_id}\n"
                    "aws_secret_access_key = §\nregion = eu-central-1\n"
                ),
                made_up("fifth aws credentials", 40, BASE64),
            ),
            (
                (
                    'provider "aws" {\n  region     = "eu-west-1"\n'
                    f'  access_key = "{aws_id}"\n  secret_key = "§"\n}}\n'
                ),
                made_up("fifth aws terraform", 40, BASE64),
            ),
            (
                (
                    f"AWS.config.update({{\n  accessKeyId: '{aws_id}',\n"
                    "  secretAccessKey: '§',\n  region: 'us-east-1',\n});\n"
                ),
                made_up("fifth aws js", 40, BASE64),
            ),
        ),
        each(
            "Google API",
            (
                '<script async src="https://maps.googleapis.com/maps/api/js?key=§"></script>\n',
                glued("AI", "zaSy") + url_chars("google html", 33),
            ),
            (
                (
                    "const firebaseConfig = {\n  apiKey: '§',\n"
                    "  authDomain: 'shop-app.firebaseapp.com',\n  projectId: 'shop-app',\n};\n"
                ),
                glued("AI", "zaSy") + url_chars("google firebase", 33),
            ),
            (
                (
                    '<resources>\n  <string name="app_name">Shop</string>\n'
                    '  <string name="google_maps_key">§</string>\n</resources>\n'
                ),
                glued("AI", "zaSy") + url_chars("google android", 33),
            ),
        ),
        each(
            "Azure storage",
            (
                (
                    '{\n  "IsEncrypted": false,\n  "Values": {\n    "AzureWebJobsStorage": '
                    '"DefaultEndpointsProtocol=https;AccountName=shopmedia;AccountKey=§;'
                    'EndpointSuffix=core.windows.net"\n  }\n}\n'
                ),
                _storage_key("azure json"),
            ),
            (
                (
                    "export AZURE_STORAGE_ACCOUNT=shopmedia\nexport AZURE_STORAGE_KEY=§\n"
                    "az storage blob list -c media -o table\n"
                ),
                _storage_key("azure shell"),
            ),
            (
                (
                    "service = BlobServiceClient(\n"
                    '    account_url="https://shopmedia.blob.core.windows.net",\n'
                    '    credential="§",\n)\n'
                ),
                _storage_key("azure python"),
            ),
        ),
        each(
            "Heroku",
            (
                "machine api.heroku.com\n  login dev@example.com\n  password §\n",
                uuid("fifth heroku netrc"),
            ),
            ("HEROKU_APP=shop-staging\nHEROKU_API_KEY=§\n", uuid("fifth heroku dotenv")),
            (
                (
                    "deploy:\n  provider: heroku\n  app: shop-staging\n"
                    "  api_key: §\n  on:\n    branch: main\n"
                ),
                glued("HRKU-", "AA") + url_chars("heroku travis", 58),
            ),
        ),
        each(
            "Databricks",
            (
                "[DEFAULT]\nhost = https://adb-123456.7.azuredatabricks.net\ntoken = §\n",
                glued("da", "pi") + hexes("databricks cfg"),
            ),
            (
                (
                    'provider "databricks" {\n'
                    '  host  = "https://dbc-a1b2.cloud.databricks.com"\n  token = "§"\n}\n'
                ),
                glued("da", "pi") + hexes("databricks terraform"),
            ),
            (
                (
                    "from databricks import sql\n\n"
                    'conn = sql.connect(server_hostname=HOST, http_path=PATH, access_token="§")\n'
                ),
                glued("da", "pi") + hexes("databricks python") + "-2",
            ),
        ),
        each(
            "DigitalOcean",
            (
                'variable "do_token" {\n  default = "§"\n}\n',
                glued("dop", "_v1_") + hexes("ocean terraform", 64),
            ),
            (
                "doctl auth init -t §\ndoctl kubernetes cluster kubeconfig save shop\n",
                glued("dop", "_v1_") + hexes("ocean shell", 64),
            ),
            (
                "digitalocean:\n  region: fra1\n  access_token: §\n",
                glued("doo", "_v1_") + hexes("ocean yaml", 64),
            ),
        ),
        each(
            "Vault",
            (
                "export VAULT_ADDR=https://vault.example.com:8200\nexport VAULT_TOKEN=§\n",
                glued("hv", "s.") + url_chars("vault shell", 92),
            ),
            (
                "client = hvac.Client(url='https://vault.example.com:8200', token='§')\n",
                glued("hv", "s.") + chars("vault python", 24),
            ),
            (
                (
                    'curl -H "X-Vault-Token: §" \\\n'
                    "  https://vault.example.com:8200/v1/secret/data/shop\n"
                ),
                glued("s", ".") + chars("vault curl", 24),
            ),
        ),
        each(
            "Cloudflare",
            (
                'provider "cloudflare" {\n  api_token = "§"\n}\n',
                url_chars("cloudflare terraform", 40),
            ),
            (
                "CLOUDFLARE_EMAIL=ops@example.com\nCLOUDFLARE_API_KEY=§\n",
                hexes("cloudflare env", 37),
            ),
            (
                (
                    'curl "https://api.cloudflare.com/client/v4/zones" \\\n'
                    '  -H "X-Auth-Email: ops@example.com" \\\n  -H "X-Auth-Key: §"\n'
                ),
                hexes("cloudflare curl", 37),
            ),
        ),
        each(
            "Okta",
            (
                (
                    "okta:\n  client:\n    orgUrl: https://acme.okta.com\n    token: §\n"
                    "    connectionTimeout: 30\n"
                ),
                "00" + url_chars("okta yaml", 40),
            ),
            (
                (
                    'curl -H "Authorization: SSWS §" \\\n'
                    "  https://acme.okta.com/api/v1/users?limit=25\n"
                ),
                "00" + url_chars("okta curl", 40),
            ),
            (
                "OKTA_DOMAIN=acme.okta.com\nOKTA_API_TOKEN=§\n",
                "00" + url_chars("okta dotenv", 40),
            ),
        ),
    ]
