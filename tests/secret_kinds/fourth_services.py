"""The part of the fourth list that the well-known scanners name services for."""

from tests.secret_kinds.making import (
    BASE64,
    BASE64_URL,
    Kind,
    each,
    encoded,
    glued,
    hexadecimal,
    kind,
    token,
    upper,
    uuid,
)
from tests.secrets_corpus import made_up

DIGITS = "0123456789"


def services() -> list[Kind]:
    return [*_code_hosts(), *_clouds(), *_messengers(), *_payments(), *_models(), *_watchers()]


def _url_safe(name: str, length: int) -> str:
    return made_up(f"4 {name}", length, BASE64_URL)


def _code_hosts() -> list[Kind]:
    return [
        each(
            "fourth github",
            (
                "git clone https://§@github.com/shop/api.git\n",
                glued("gh", "p_", token("4 gh1", 36)),
            ),
            ('octo = new Octokit({ auth: "§" });\n', glued("github", "_pat_", token("4 gh2", 82))),
            ("[user]\n  name = anna\n[hub]\n  x = §\n", glued("gh", "o_", token("4 gh3", 36))),
        ),
        each(
            "fourth gitlab",
            ('gl = gitlab.Gitlab(url, "§")\n', glued("gl", "pat-", _url_safe("gl1", 20))),
            ("curl -H 'PRIVATE-TOKEN: §' $URL\n", glued("gl", "pat-", _url_safe("gl2", 20))),
            ("runner:\n  extra: §\n", glued("gl", "rt-", _url_safe("gl3", 20))),
        ),
        each(
            "fourth npm",
            ("//npm.corp.example/:_authToken=§\n", glued("np", "m_", token("4 npm1", 36))),
            ("//npm.example.com/:_authToken=§\nalways-auth=true\n", uuid("4 npm2")),
            ("//npm.example.com/:_auth=§\n", encoded("ci:" + token("4 npm3", 14))),
        ),
        kind(
            "fourth pypi",
            glued("py", "pi-", "AgEIcHlwaS5vcmc", _url_safe("pypi", 70)),
            "[pypi]\nusername = __token__\npassword = §\n",
            "twine upload -u __token__ -p § dist/*\n",
            "- run: poetry publish\n  env:\n    UPLOAD: §\n",
        ),
        each(
            "fourth docker hub",
            ("docker login -u shop -p § docker.io\n", glued("dckr", "_pat_", _url_safe("dh1", 27))),
            ("echo § | docker login -u shop --password-stdin\n", uuid("4 dh2")),
            (
                '{"auths": {"https://index.docker.io/v1/": {"auth": "§"}}}\n',
                encoded("shop:" + token("4 dh3", 16)),
            ),
        ),
        each(
            "fourth artifactory",
            ("curl -H 'X-JFrog-Art-Api: §' $URL\n", glued("AK", "C", token("4 art1", 70))),
            (
                "<server>\n  <id>art</id>\n  <password>§</password>\n</server>\n",
                token("4 art2", 44),
            ),
            (
                "artifactory_password=§\nartifactory_user=ci\n",
                glued("AP", "A", token("4 art3", 30)),
            ),
        ),
        kind(
            "fourth terraform cloud",
            glued(token("4 tf", 14), ".atlas", "v1.", _url_safe("tf", 67)),
            'credentials "app.terraform.io" {\n  token = "§"\n}\n',
            "TF_TOKEN_app_terraform_io=§\n",
            '{"credentials": {"app.terraform.io": {"token": "§"}}}\n',
        ),
        each(
            "fourth vault",
            ("export VAULT_TOKEN=§\n", glued("hv", "s.", _url_safe("v1", 90))),
            ("vault login §\n", glued("hv", "s.", _url_safe("v2", 24))),
            ('client = hvac.Client(url, token="§")\n', glued("s", ".", token("4 v3", 24))),
        ),
    ]


def _clouds() -> list[Kind]:
    secret = made_up("4 aws", 40, BASE64)
    return [
        kind(
            "fourth aws",
            secret,
            "[default]\nregion = eu-west-1\naws_secret_access_key = §\n",
            'provider "aws" {\n  region     = "eu-west-1"\n  secret_key = "§"\n}\n',
            "AWS.config.update({ accessKeyId: id, secretAccessKey: '§' });\n",
        ),
        each(
            "fourth google",
            ("<script src='https://maps.example.com/js?key=§'></script>\n", _google("one")),
            ('<string name="google_maps_key">§</string>\n', _google("two")),
            ('{"web": {"client_secret": "§"}}\n', glued("GOC", "SPX-", _url_safe("goog", 28))),
        ),
        kind(
            "fourth azure storage",
            made_up("4 azure", 86, BASE64) + "==",
            "CONN=DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=§;"
            "EndpointSuffix=core.windows.net\n",
            "az storage blob list --account-name shop --account-key § -c img\n",
            'var c = new StorageSharedKeyCredential("shop", "§");\n',
        ),
        each(
            "fourth heroku",
            ("HEROKU_API_KEY=§ git push heroku\n", uuid("4 heroku one")),
            ("machine api.heroku.com\n  login a@example.com\n  password §\n", uuid("4 heroku two")),
            ("heroku:\n  api_key: §\n  app: shop\n", glued("HR", "KU-", uuid("4 heroku three"))),
        ),
        kind(
            "fourth digitalocean",
            glued("do", "p_v1_", hexadecimal("4 do", 64)),
            "doctl auth init -t §\n",
            'variable "do" {\n  default = "§"\n}\n',
            "manager = digitalocean.Manager(token='§')\n",
        ),
        each(
            "fourth cloudflare",
            ("curl -H 'X-Auth-Key: §' $URL\n", hexadecimal("4 cf1", 37)),
            ("dns_cloudflare_api_token = §\n", _url_safe("cf2", 40)),
            ("cloudflared service install §\n", glued("ey", "JhIjoi", token("4 cf3", 140))),
        ),
        each(
            "fourth databricks",
            ("[DEFAULT]\nhost = https://x.example.com\ntoken = §\n", _dapi("one")),
            ('spark.conf.set("spark.dbx.x", "§")\n', _dapi("two")),
            ("curl -H 'Authorization: Bearer §' $URL\n", _dapi("three")),
        ),
        each(
            "fourth okta",
            ("Authorization: SSWS §\n", "00" + _url_safe("okta one", 40)),
            ("okta:\n  client:\n    token: §\n", "00" + _url_safe("okta two", 40)),
            ('OKTA_API_TOKEN="§"\n', "00" + _url_safe("okta three", 40)),
        ),
        each(
            "fourth jwt",
            ("fetch(u, {headers: {Authorization: 'Bearer §'}})\n", _jwt("one")),
            ("GET /orders?t=§ HTTP/1.1\n", _jwt("two")),
            ("ANON=§\n", _jwt("three")),
        ),
    ]


def _google(name: str) -> str:
    return glued("AI", "za", _url_safe(f"google {name}", 35))


def _dapi(name: str) -> str:
    return glued("da", "pi", hexadecimal(f"4 dapi {name}", 32))


def _jwt(name: str) -> str:
    head = encoded('{"alg":"HS256","typ":"JWT"}').rstrip("=")
    claims = encoded('{"sub":"' + token(f"4 jwt {name}", 12) + '"}').rstrip("=")
    return f"{head}.{claims}.{_url_safe(f'jwt {name}', 43)}"


def _messengers() -> list[Kind]:
    number = made_up("4 slack", 12, DIGITS)
    return [
        each(
            "fourth slack",
            ("SLACK=§\n", glued("xo", f"xb-{number}-{number}-", token("4 slack one", 24))),
            (
                "curl -d '{}' https://hooks.slack.com/services/§\n",
                f"T{upper('4 team', 8)}/B{upper('4 bot', 10)}/{token('4 hook', 24)}",
            ),
            ("slack_signing_secret: §\n", hexadecimal("4 slack signing")),
        ),
        each(
            "fourth twilio",
            ("client = Client('AC" + hexadecimal("4 sid") + "', '§')\n", hexadecimal("4 tw1")),
            ("twilio.auth.token=§\n", hexadecimal("4 tw2")),
            ("const key = '§';\n", glued("S", "K", hexadecimal("4 tw3"))),
        ),
        kind(
            "fourth sendgrid",
            glued("S", "G.", _url_safe("sg1", 22), ".", _url_safe("sg2", 43)),
            "sgMail.setApiKey('§')\n",
            "smtp:\n  host: smtp.sendgrid.net\n  pass: §\n",
            "sg = SendGridAPIClient(\n    '§'\n)\n",
        ),
        each(
            "fourth mailgun",
            ("curl -s --user 'api:§' $URL\n", glued("ke", "y-", hexadecimal("4 mg1"))),
            ('requests.post(url, auth=("api", "§"))\n', glued("ke", "y-", hexadecimal("4 mg2"))),
            (
                "MAILGUN_API_KEY=§\n",
                f"{hexadecimal('4 mg3')}-{hexadecimal('4 mg4', 8)}-{hexadecimal('4 mg5', 8)}",
            ),
        ),
        each(
            "fourth discord",
            ("client.login('§');\n", _discord("one")),
            ("bot.run(\n    '§'\n)\n", _discord("two")),
            ("hook: https://discord.com/api/webhooks/104212345678901234/§\n", _url_safe("dc", 68)),
        ),
        each(
            "fourth telegram",
            ("curl https://api.telegram.org/bot§/sendMessage\n", _telegram("one")),
            ("bot = telebot.TeleBot('§')\n", _telegram("two")),
            ("telegram:\n  bot: '§'\n  chat: -100\n", _telegram("three")),
        ),
    ]


def _discord(name: str) -> str:
    start = encoded(made_up(f"4 discord {name}", 18, DIGITS))
    return f"{start}.{_url_safe('dc a ' + name, 6)}.{_url_safe('dc b ' + name, 38)}"


def _telegram(name: str) -> str:
    return f"{made_up(f'4 tg {name}', 10, DIGITS)}:AA{_url_safe('tg ' + name, 33)}"


def _payments() -> list[Kind]:
    return [
        each(
            "fourth stripe",
            ("stripe.api_key = '§'\n", glued("sk", "_live_", token("4 stripe one", 24))),
            ('Stripe.apiKey = "§";\n', glued("rk", "_live_", token("4 stripe two", 99))),
            ("endpoint: '§'\n", glued("wh", "sec_", token("4 stripe three", 32))),
        ),
        each(
            "fourth square",
            ("client = Client('§', 'production')\n", glued("sq0", "atp-", _url_safe("sq1", 22))),
            ("square:\n  secret: §\n", glued("sq0", "csp-", _url_safe("sq2", 43))),
            ('bearer := "§"\n', glued("EA", "AA", _url_safe("sq3", 60))),
        ),
        each(
            "fourth shopify",
            ("X-Shopify-Access-Token: §\n", glued("shp", "at_", hexadecimal("4 shop one"))),
            ("ShopifyAPI::Session.new(u, '§')\n", glued("shp", "ca_", hexadecimal("4 shop two"))),
            ("<string>§</string>\n", glued("shp", "ss_", hexadecimal("4 shop three"))),
        ),
    ]


def _models() -> list[Kind]:
    return [
        kind(
            "fourth hugging face",
            glued("hf", "_", made_up("4 hf", 34)),
            "huggingface-cli login --token §\n",
            "model = AutoModel.from_pretrained(name, use_auth_token='§')\n",
            "git clone https://anna:§@huggingface.co/shop/model\n",
        ),
        each(
            "fourth openai and anthropic",
            ("openai.api_key = '§'\n", glued("sk", "-", token("4 oa1", 48))),
            ("llm:\n  first: §\n", glued("sk-", "proj-", _url_safe("oa2", 120))),
            ("x-api-key: §\n", glued("sk-", "ant-api03-", _url_safe("an", 93), "AA")),
        ),
    ]


def _watchers() -> list[Kind]:
    return [
        each(
            "fourth new relic",
            ("license_key: '§'\n", hexadecimal("4 nr1", 36) + "NRAL"),
            ("curl -H 'Api-Key: §' $URL\n", glued("NR", "AK-", upper("4 nr2", 27))),
            ('{"licenseKey": "§"}\n', glued("NR", "JS-", hexadecimal("4 nr3", 19))),
        ),
        each(
            "fourth datadog",
            ("datadog.initialize(api_key='§')\n", hexadecimal("4 dd1")),
            ("curl -H 'DD-APPLICATION-KEY: §' $URL\n", hexadecimal("4 dd2", 40)),
            ("docker run -e DD_API_KEY=§ datadog/agent:7\n", hexadecimal("4 dd3")),
        ),
        each(
            "fourth sentry",
            ("Sentry.init({ dsn: 'https://§@o42.ingest.sentry.io/7' });\n", hexadecimal("4 se1")),
            ("[auth]\ntoken=§\n", hexadecimal("4 se2", 64)),
            (
                "sentry-cli --auth-token § releases new 1.0\n",
                glued("sntr", "ys_", token("4 se3", 80)),
            ),
        ),
    ]
