"""The part of the fifth list with further services, addresses and what is general."""

from tests.secret_kinds.fifth_services import capitals, chars, digits, hexes, url_chars
from tests.secret_kinds.making import (
    Kind,
    body,
    each,
    glued,
    password,
)


def fifth_further() -> list[Kind]:
    """Return the kinds of payments, chats, addresses and what is general."""
    return [*_payments(), *_chats(), *_urls(), *_general()]


def _word(name: str) -> str:
    """Return a password that may stand in an address as it is."""
    return chars(f"word {name}", 16)


def _jwt(name: str, signature: int = 43) -> str:
    head = glued("ey", "JhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9")
    claims = glued("ey", "JzdWIiOiIx") + chars(f"jwt claims {name}", 90)
    return f"{head}.{claims}.{url_chars(f'jwt signature {name}', signature)}"


def _pem(name: str, label: str, lines: int, start: str = "MII") -> str:
    ending = f"{label}PRIVATE " + "KEY-----"
    rows = body(f"fifth pem {name}", lines, start=start)
    return f"-----BEGIN {ending}\n{rows}\n-----END {ending}"


def _payments() -> list[Kind]:
    sid = glued("A", "C") + hexes("twilio sid")
    return [
        each(
            "Stripe",
            (
                "STRIPE_CURRENCY=eur\nSTRIPE_SECRET_KEY=§\n",
                glued("sk", "_live_") + chars("stripe dotenv", 99),
            ),
            (
                "const stripe = require('stripe')('§');\n",
                glued("sk", "_test_") + chars("stripe js", 24),
            ),
            (
                "Rails.configuration.stripe = {\n  signing_secret: '§'\n}\n",
                glued("wh", "sec_") + chars("stripe ruby", 32),
            ),
        ),
        each(
            "Twilio",
            (
                f"TWILIO_ACCOUNT_SID={sid}\nTWILIO_AUTH_TOKEN=§\n",
                hexes("twilio dotenv"),
            ),
            (
                (
                    "from twilio.rest import Client\n\n"
                    f"account_sid = '{sid}'\nauth_token = '§'\n"
                    "client = Client(account_sid, auth_token)\n"
                ),
                hexes("twilio python"),
            ),
            (
                (
                    f'{{\n  "Twilio": {{\n    "AccountSid": "{sid}",\n    "AuthToken": "§",\n'
                    '    "From": "+15005550006"\n  }\n}\n'
                ),
                hexes("twilio json"),
            ),
        ),
        each(
            "SendGrid",
            (
                "MAIL_FROM=shop@example.com\nSENDGRID_API_KEY=§\n",
                glued("S", "G.") + url_chars("sg a", 22) + "." + url_chars("sg b", 43),
            ),
            (
                "const sgMail = require('@sendgrid/mail');\nsgMail.setApiKey('§');\n",
                glued("S", "G.") + url_chars("sg c", 22) + "." + url_chars("sg d", 43),
            ),
            (
                (
                    "smtp:\n  host: smtp.sendgrid.net\n  port: 587\n"
                    "  username: apikey\n  password: §\n"
                ),
                glued("S", "G.") + url_chars("sg e", 22) + "." + url_chars("sg f", 43),
            ),
        ),
        each(
            "Mailgun",
            (
                "MAILGUN_DOMAIN=mg.example.com\nMAILGUN_API_KEY=§\n",
                glued("ke", "y-") + hexes("mailgun dotenv"),
            ),
            (
                (
                    "requests.post(\n"
                    '    "https://api.mailgun.net/v3/mg.example.com/messages",\n'
                    '    auth=("api", "§"),\n    data={"from": SENDER, "to": to},\n)\n'
                ),
                f"{hexes('mailgun a')}-{hexes('mailgun b', 8)}-{hexes('mailgun c', 8)}",
            ),
            (
                (
                    "'mailgun' => [\n    'domain' => 'mg.example.com',\n    'secret' => '§',\n"
                    "    'endpoint' => 'api.eu.mailgun.net',\n],\n"
                ),
                glued("ke", "y-") + hexes("mailgun php"),
            ),
        ),
        each(
            "Shopify",
            (
                "SHOPIFY_SHOP=acme.myshopify.com\nSHOPIFY_ACCESS_TOKEN=§\n",
                glued("shp", "at_") + hexes("shopify dotenv"),
            ),
            (
                (
                    "const res = await fetch(`https://${shop}/admin/api/2024-01/orders.json`, {\n"
                    "  headers: { 'X-Shopify-Access-Token': '§' },\n});\n"
                ),
                glued("shp", "at_") + hexes("shopify js"),
            ),
            (
                (
                    "ShopifyAPI::Context.setup(\n"
                    f"  api_key: '{hexes('shopify client')}',\n  api_secret_key: '§',\n"
                    "  scope: 'read_orders',\n)\n"
                ),
                glued("shp", "ss_") + hexes("shopify ruby"),
            ),
        ),
    ]


def _chats() -> list[Kind]:
    team, channel = "T" + capitals("slack team", 10), "B" + capitals("slack channel", 10)
    return [
        each(
            "Slack",
            (
                "SLACK_CHANNEL=#deploys\nSLACK_BOT_TOKEN=§\n",
                glued("xo", "xb-")
                + f"{digits('slack a', 12)}-{digits('slack b', 13)}-{chars('slack c', 24)}",
            ),
            (
                (
                    "receivers:\n  - name: oncall\n    slack_configs:\n"
                    f"      - api_url: https://hooks.slack.com/services/{team}/{channel}/§\n"
                    "        channel: '#alerts'\n"
                ),
                chars("slack webhook", 24),
            ),
            (
                "from slack_sdk import WebClient\n\nclient = WebClient(token='§')\n",
                glued("xo", "xp-")
                + f"{digits('slack d', 12)}-{digits('slack e', 12)}-{digits('slack f', 13)}"
                + f"-{hexes('slack g')}",
            ),
        ),
        each(
            "Discord",
            (
                "client.on('ready', () => console.log('up'));\nclient.login('§');\n",
                "MT" + f"{chars('d a', 24)}.G{chars('d b', 5)}.{url_chars('d c', 38)}",
            ),
            (
                (
                    '{\n  "prefix": "!",\n  "token": "§",\n'
                    f'  "ownerId": "{digits("discord owner", 18)}"\n}}\n'
                ),
                "OT" + f"{chars('d d', 22)}.Y{chars('d e', 5)}.{url_chars('d f', 27)}",
            ),
            (
                (
                    "curl -H 'Content-Type: application/json' -d '{\"content\": \"deployed\"}' \\\n"
                    f"  https://discord.com/api/webhooks/{digits('discord hook', 18)}/§\n"
                ),
                url_chars("discord webhook", 68),
            ),
        ),
        each(
            "Telegram",
            (
                "bot = telebot.TeleBot('§', parse_mode='HTML')\n",
                digits("telegram a", 10) + ":" + glued("A", "A") + url_chars("telegram b", 33),
            ),
            (
                "TELEGRAM_CHAT_ID=-1001234567890\nTELEGRAM_BOT_TOKEN=§\n",
                digits("telegram c", 10) + ":" + glued("A", "A") + url_chars("telegram d", 33),
            ),
            (
                (
                    'curl -s "https://api.telegram.org/bot§/sendMessage" \\\n'
                    '  -d chat_id=-1001234567890 -d text="backup done"\n'
                ),
                digits("telegram e", 9) + ":" + glued("A", "A") + url_chars("telegram f", 33),
            ),
        ),
    ]


def _urls() -> list[Kind]:
    return [
        each(
            "basic-auth URL",
            (
                "[global]\nextra-index-url = https://reader:§@pypi.example.com/simple\n",
                _word("pip"),
            ),
            (
                (
                    '[remote "origin"]\n\turl = https://build:§@git.example.com/acme/shop.git\n'
                    "\tfetch = +refs/heads/*:refs/remotes/origin/*\n"
                ),
                chars("basic git", 20),
            ),
            (
                "const es = new Client({ node: 'https://elastic:§@es.example.com:9243' });\n",
                chars("basic elastic", 24),
            ),
        ),
        each(
            "Postgres URL",
            (
                "PORT=8000\nDATABASE_URL=postgres://shop:§@db.example.com:5432/shop\n",
                _word("postgres dotenv"),
            ),
            (
                "engine = create_engine('postgresql+psycopg2://etl:§@10.0.3.7/warehouse')\n",
                _word("postgres python"),
            ),
            (
                (
                    "services:\n  api:\n    environment:\n"
                    "      - DATABASE_URL=postgresql://api:§@db:5432/api?sslmode=disable\n"
                ),
                _word("postgres compose"),
            ),
        ),
        each(
            "Mongo URL",
            (
                (
                    "mongoose.connect(\n"
                    "  'mongodb+srv://shop:§@cluster0.ab1cd.mongodb.net/shop?retryWrites=true',\n"
                    ");\n"
                ),
                _word("mongo js"),
            ),
            (
                "NODE_ENV=production\nMONGO_URI=mongodb://root:§@mongo:27017/admin\n",
                _word("mongo dotenv"),
            ),
            (
                "spring:\n  data:\n    mongodb:\n      uri: mongodb://app:§@mongo1:27017/orders\n",
                _word("mongo yaml"),
            ),
        ),
        each(
            "Redis URL",
            ("REDIS_URL=redis://:§@redis.example.com:6379/0\n", chars("redis dotenv", 32)),
            (
                "CELERY_BROKER_URL = 'redis://default:§@10.0.3.9:6379/1'\n",
                chars("redis celery", 24),
            ),
            (
                "production:\n  adapter: redis\n  url: rediss://:§@cache.example.com:6380/1\n",
                hexes("redis cable", 64),
            ),
        ),
        each(
            "JDBC",
            (
                "spring.datasource.url=jdbc:mysql://db/shop?user=shop&password=§&useSSL=false\n",
                _word("jdbc properties"),
            ),
            (
                (
                    'String url = "jdbc:postgresql://db.example.com/orders";\n'
                    'Connection c = DriverManager.getConnection(url, "orders", "§");\n'
                ),
                password("fifth jdbc java"),
            ),
            (
                (
                    '<Resource name="jdbc/shop" type="javax.sql.DataSource"\n'
                    '    url="jdbc:sqlserver://sql1:1433;databaseName=shop;user=sa;password=§;"/>\n'
                ),
                _word("jdbc xml"),
            ),
        ),
    ]


def _general() -> list[Kind]:
    return [
        each(
            "JWT",
            (
                (
                    "GET https://api.example.com/v1/orders HTTP/1.1\n"
                    "Accept: application/json\nAuthorization: Bearer §\n"
                ),
                _jwt("http"),
            ),
            (
                "SUPABASE_URL=https://abcdefgh.supabase.co\nSUPABASE_SERVICE_ROLE_KEY=§\n",
                _jwt("dotenv"),
            ),
            (
                (
                    'it("lists orders", async () => {\n  const jwt = "§";\n'
                    '  const res = await get("/orders", jwt);\n'
                    "  expect(res.status).toBe(200);\n});\n"
                ),
                _jwt("js"),
            ),
        ),
        each(
            "PEM private key",
            ("§\n", _pem("file", "RSA ", 5)),
            (
                (
                    '{\n  "type": "service_account",\n  "private_key": "§\\n",\n'
                    '  "client_email": "etl@shop-prod.iam.gserviceaccount.com"\n}\n'
                ),
                _pem("json", "", 8).replace("\n", "\\n"),
            ),
            (
                "ssh:\n  user: deploy\n  key: |\n    §\n",
                _pem("yaml", "EC ", 2, "MHcCAQEEI"),
            ),
        ),
        each(
            "generic password, api_key and token",
            (
                (
                    "LDAP = {\n    'host': 'ldap.example.com',\n    'user': 'cn=svc',\n"
                    "    'password': '§',\n}\n"
                ),
                password("fifth generic python"),
            ),
            (
                (
                    '{\n  "weather": {\n    "url": "https://api.weather.example.com",\n'
                    '    "api_key": "§"\n  }\n}\n'
                ),
                hexes("generic json"),
            ),
            (
                'sonar {\n  host = "https://sonar.example.com"\n  token = "§"\n}\n',
                hexes("generic gradle", 40),
            ),
        ),
    ]
