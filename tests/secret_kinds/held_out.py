"""The odd half of the kinds: not looked at while the rules of redaction were written."""

from tests.secret_kinds.making import (
    BASE32,
    BASE64_URL,
    DJANGO,
    Kind,
    armoured,
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
from tests.secrets_corpus import made_up


def held_out() -> list[Kind]:
    """Return the forty-nine kinds with odd numbers."""
    return [*_frameworks(), *_blocks(), *_stores(), *_files(), *_services(), *_people()]


def _frameworks() -> list[Kind]:
    django = "django-" + "insecure-" + made_up("django", 50, DJANGO)
    return [
        each(
            "django secret key",
            ("DEBUG = True\nSECRET_KEY = '§'\n", django),
            ("DJANGO_SECRET_KEY='§'\n", made_up("django two", 50, DJANGO)),
            ('SECRET_KEY = config("SECRET_KEY", default="§")\n', made_up("dj", 50, DJANGO)),
        ),
        each(
            "kubeconfig",
            (
                "users:\n- name: admin\n  user:\n    client-key-data: §\n",
                encoded(armoured("kube")),
            ),
            ("users:\n- name: ci\n  user:\n    token: §\n", token("kube", 64)),
            (
                '{"users": [{"name": "a", "user": {"client-key-data": "§"}}]}\n',
                encoded(armoured("kube two", "EC PRIVATE ")),
            ),
        ),
        kind(
            "netrc",
            password("netrc"),
            "machine git.shop.test login deploy password §\n",
            "machine api.shop.test\n  login deploy\n  password §\n",
            "default login anonymous password §\n",
        ),
        kind(
            "curl -u",
            password("curl"),
            "curl -u deploy:§ https://shop.test/api\n",
            "curl --user 'deploy:§' -X POST https://shop.test\n",
            "    RUN curl -sSLu deploy:§ -o x.tar https://shop.test/x.tar\n",
        ),
        kind(
            "mysql -p",
            password("mysql"),
            "mysql -u root -p§ shop < dump.sql\n",
            "0 3 * * * mysqldump -h db -uroot -p'§' shop | gzip > /srv/shop.gz\n",
            "MYSQL_PWD=§ mysql -u root shop\n",
        ),
        each(
            "dockerfile",
            ("FROM alpine\nENV DB_PASSWORD §\n", password("dockerfile")),
            ("ARG NPM_AUTH=§\nRUN npm ci\n", token("dockerfile", 36)),
            ('ENV MODE=prod \\\n    API_SECRET="§" \\\n    X=1\n', token("docker two", 32)),
        ),
        each(
            "aws secret by position",
            (
                's3 = boto3.client("s3", None, "AK' + "IA" + upper("pos", 16) + '", "§")\n',
                token("aws position", 40),
            ),
            (
                'new BasicAWSCredentials("AK' + "IA" + upper("pos two", 16) + '",\n    "§");\n',
                made_up("aws position two", 40, BASE64_URL.replace("-", "/").replace("_", "+")),
            ),
            ("AWS Secret Access Key [None]: §\n", token("aws configure", 40)),
        ),
        each(
            "fernet",
            ('f = Fernet(b"§")\n', made_up("fernet", 43, BASE64_URL) + "="),
            ("AIRFLOW__CORE__FERNET_KEY=§\n", made_up("fernet two", 43, BASE64_URL) + "="),
            ("MultiFernet([Fernet('§')])\n", made_up("fernet three", 43, BASE64_URL) + "="),
        ),
        each(
            "yaml block scalar",
            ("db:\n  user: shop\n  password: |\n    §\n  port: 1\n", password("block")),
            ("db:\n  password: >-\n    §\n", sentence("block")),
            ("api_secret: |-\n  §\nother: 1\n", token("block", 40)),
        ),
        each(
            "api key in a comment",
            ("# api key §\n", token("comment", 32)),
            ("// the API key is §, ask Ann for another\n", hexadecimal("comment", 32)),
            ("<!-- apikey §, remove before release -->\n", token("comment two", 40)),
        ),
        kind(
            "password with spaces",
            sentence("spaces"),
            'password = "§"\n',
            'db:\n  password: "§"\n',
            "{'user': 'shop', 'password': '§'}\n",
        ),
        kind(
            "gcp private key id",
            hexadecimal("gcp id", 40),
            '{"type": "service_account", "private_key_id": "§"}\n',
            "info = dict(private_key_id='§', project_id='shop')\n",
            '{\\"private_key_id\\": \\"§\\"}\n',
        ),
    ]


def _blocks() -> list[Kind]:
    return [
        each(
            "key body without armour",
            ("copied from the server:\n\n§\n", body("bare")),
            ("deploy: |\n  §\nname: shop\n", body("bare two", start="b3BlbnNzaC1rZXktdjE")),
            ("# §\nimport os\n", body("bare three", width=76)),
        ),
        each(
            "hexadecimal under a neutral name",
            ('x = "§"\n', hexadecimal("hex", 64)),
            ("item:\n  value: §\n", hexadecimal("hex two", 48)),
            ("let data = '§';\n", hexadecimal("hex three", 32)),
        ),
        each(
            "totp seed",
            (
                "otpauth://totp/Shop:ann?secret=§&issuer=Shop\n",
                made_up("totp", 32, BASE32),
            ),
            ('pyotp.TOTP("§").now()\n', made_up("totp two", 32, BASE32)),
            ("mfa_seed: §\n", made_up("totp three", 16, BASE32)),
        ),
        kind(
            "ssh private key",
            armoured("ssh", "OPENSSH PRIVATE "),
            "§\n",
            'DEPLOY = """§\n"""\n',
            "deploy: |\n    §\nother: 1\n",
        ),
        each(
            "putty key",
            (
                "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: mine\n"
                "Private-" + "Lines: 7\n§\nPrivate-MAC: " + hexadecimal("mac", 64) + "\n",
                body("putty", start="AAA"),
            ),
            (
                "PuTTY-User-Key-File-2: ssh-dss\r\nPrivate-" + "Lines: 7\r\n§\r\n",
                body("putty two", start="AAA"),
            ),
            (
                "    Private-" + "Lines: 7\n    §\n    Private-MAC: 00\n",
                body("putty three", start="AAA"),
            ),
        ),
        kind(
            "age",
            "AGE-" + "SECRET-KEY-1" + upper("age held", 58),
            "# created: 2031-01-01T00:00:00Z\n§\n",
            "SOPS_AGE_KEY=§ sops -d x.yaml\n",
            'identity = "§"\n',
        ),
    ]


def _stores() -> list[Kind]:
    return [
        kind(
            "postgres url",
            password("postgres"),
            "DATABASE_URL=postgres://shop:§@db.shop.test:5432/shop\n",
            'engine = create_engine("postgresql+psycopg2://shop:§@db/shop")\n',
            "database:\n  url: postgresql://shop:§@db/shop?sslmode=require\n",
        ),
        kind(
            "mongo url",
            token("mongo", 20),
            "MONGO=mongodb+srv://shop:§@cluster0.shop.test/shop\n",
            "mongoose.connect('mongodb://shop:§@db1,db2/shop');\n",
            "# mongosh mongodb://root:§@localhost\n",
        ),
        kind(
            "jdbc",
            password("jdbc"),
            "url=jdbc:mysql://db/shop?user=shop&password=§\n",
            "spring:\n  datasource:\n    password: §\n",
            "jdbc:oracle:thin:shop/§@db.shop.test:1521/XE\n",
        ),
        each(
            "terraform",
            ('db_password = "§"\n', password("tfvars")),
            ('{"attributes": {"id": "db-1", "password": "§"}}\n', password("tfstate")),
            ('resource "x" "y" {\n  secret_string = "§"\n}\n', token("terraform", 24)),
        ),
        each(
            "azure shared access signature",
            (
                "https://shop.blob.test/c?sv=2031-01-01&sp=r&sig=§\n",
                token("sas", 43) + "%3D",
            ),
            ("SAS='?sv=2031-01-01&ss=b&srt=sco&sig=§'\n", token("sas two", 43) + "%3D"),
            (
                "SharedAccessSignature sr=shop.test&sig=§&se=1700000000&skn=Root\n",
                token("sas three", 43) + "%3D",
            ),
        ),
        each(
            "password hashes of a web server",
            ("deploy:§\n", "$apr1$" + token("apr", 8) + "$" + token("apr two", 22)),
            ("ann:§\n", "$2y$" + "10$" + token("bcrypt", 53)),
            ("bob:§\n", "{SHA}" + made_up("sha", 27) + "="),
        ),
    ]


def _files() -> list[Kind]:
    return [
        each(
            "npmrc",
            ("//registry.shop.test/:_authToken=§\n", uuid("npmrc")),
            ("_auth=§\n", encoded("deploy:" + password("npmrc"))),
            (
                "//npm.shop.test/:username=d\n//npm.shop.test/:_password=§\n",
                encoded(password("npmrc two") + "padded"),
            ),
        ),
        each(
            "docker config",
            (
                '{"auths": {"registry.shop.test": {"auth": "§"}}}\n',
                encoded("deploy:" + password("docker config")),
            ),
            ('{"auths": {"x.test": {"identitytoken": "§"}}}\n', token("identity", 64)),
            (
                "  .dockerconfigjson: §\n",
                encoded('{"auths":{"x.test":{"auth":"' + encoded("d:" + password("dc")) + '"}}}'),
            ),
        ),
        each(
            "git credentials",
            ("https://deploy:§@git.shop.test\n", token("git", 20)),
            (
                "git -c http.extraheader='AUTHORIZATION: basic §' fetch\n",
                encoded("x-access-token:" + token("git two", 36)),
            ),
            ("git clone https://oauth2:§@git.shop.test/shop.git\n", token("git three", 26)),
        ),
        kind(
            "java properties",
            password("properties"),
            "db.user=shop\ndb.password=§\n",
            "server.ssl.key-store-password: §\n",
            "mail.smtp.pass = §\n",
        ),
        each(
            "xml and .net configuration",
            ('<add key="ApiKey" value="§" />\n', token("xml", 32)),
            (
                '<machineKey validationKey="§" validation="SHA1" />\n',
                made_up("machine", 128, "0123456789ABCDEF"),
            ),
            ('<property name="password" value="§"/>\n', password("xml")),
        ),
        each(
            "php define",
            ("define('DB_PASSWORD', '§');\n", password("define")),
            (
                "define( 'LOGGED_IN_SALT', '§' );\n",
                made_up("salt", 64, DJANGO + "{}[]<>|~?/.,:;"),
            ),
            ("$config['db']['pass'] = '§';\n", password("define two")),
        ),
        each(
            "shell",
            ("export API_TOKEN=§\n", token("shell", 30)),
            ("set -gx DB_PASSWORD '§'\n", password("fish")),
            ("setenv DB_PASSWORD §\n", password("csh")),
        ),
        each(
            "powershell",
            ('ConvertTo-SecureString "§" -AsPlainText -Force\n', password("powershell")),
            ("net use \\\\srv\\share /user:shop\\deploy §\n", password("net use")),
            ("$password = '§' | ConvertTo-SecureString -AsPlainText\n", password("ps two")),
        ),
        kind(
            "puppet and chef",
            password("puppet"),
            "mysql::db { 'shop':\n  user     => 'shop',\n  password => '§',\n}\n",
            "profile::db::root_password: §\n",
            "node.default['db']['password'] = '§'\n",
        ),
        each(
            "rails",
            ("RAILS_MASTER_KEY=§\n", hexadecimal("rails", 32)),
            ("production:\n  secret_key_base: §\n", hexadecimal("rails two", 128)),
            ("echo §  > config/master.key\n", hexadecimal("rails three", 32)),
        ),
        each(
            "firebase",
            ('firebase.initializeApp({apiKey: "§"});\n', "AI" + "za" + token("firebase", 35)),
            ("FCM=§\n", "AAAA" + token("fcm", 7) + ":AP" + "A91b" + token("fcm two", 134)),
            ("curl 'https://shop.firebaseio.test/x.json?auth=§'\n", token("firebase db", 40)),
        ),
    ]


def _services() -> list[Kind]:
    return [
        each(
            "stripe",
            ('stripe.api_key = "§"\n', "sk" + "_live_" + token("stripe", 24)),
            ("STRIPE=§\n", "rk" + "_live_" + token("stripe two", 99)),
            ("// webhook §\n", "wh" + "sec_" + token("stripe three", 32)),
        ),
        each(
            "openai",
            ('client = OpenAI(api_key="§")\n', "sk" + "-" + token("openai", 48)),
            ("OPENAI=§\n", "sk" + "-proj-" + token("openai two", 74)),
            ("curl -H 'Authorization: Bearer §'\n", "sk" + "-svcacct-" + token("openai3", 60)),
        ),
        each(
            "session cookies",
            ("Cookie: theme=dark; sessionid=§\n", token("session", 32)),
            (
                "Set-Cookie: connect.sid=s%3A§; Path=/; HttpOnly\n",
                token("connect", 32) + "." + token("connect two", 43),
            ),
            ('requests.get(url, cookies={"session": "§"})\n', token("session two", 64)),
        ),
        each(
            "authorization of other schemes",
            ("Authorization: Token §\n", hexadecimal("drf", 40)),
            ("Authorization: ApiKey §\n", token("api key", 40)),
            ('{"Authorization": "§"}\n', token("bare authorization", 48)),
        ),
        each(
            "bearer",
            ("curl -H 'Authorization: Bearer §' https://x.test\n", token("bearer", 40)),
            ('headers = {"Authorization": f"Bearer §"}\n', hexadecimal("bearer", 64)),
            ("headers: { authorization: `Bearer §` },\n", token("bearer two", 32)),
        ),
        kind(
            "json web token",
            glued("ey", "J")
            + token("jwt a", 33)
            + glued(".ey", "J")
            + token("jwt b", 80)
            + "."
            + token("c", 43),
            'assert decode("§")\n',
            "INFO login ok id=§\n",
            "Cookie: id=§\n",
        ),
        kind(
            "url with credentials",
            password("url").replace("#", "%23").replace("@", "%40"),
            "HTTPS_PROXY=http://shop:§@proxy.shop.test:3128\n",
            "--extra-index-url https://deploy:§@pypi.shop.test/simple\n",
            'svn checkout "svn+ssh://ann:§@svn.shop.test/trunk"\n',
        ),
        each(
            "slack",
            (
                "https://hooks.slack.com/serv" + "ices/§\n",
                "T" + upper("slack", 10) + "/B" + upper("slk", 10) + "/" + token("slack", 24),
            ),
            (
                "SLACK=§\n",
                glued("xo", "xb-")
                + made_up("sl", 12, "0123456789")
                + "-"
                + made_up("sl2", 12, "0123456789")
                + "-"
                + token("slack two", 24),
            ),
            ("SLACK_SIGNING_SECRET=§\n", hexadecimal("slack", 32)),
        ),
        each(
            "forge tokens",
            ("GITHUB=§\n", "gh" + "p_" + token("forge", 36)),
            ("git push https://ci:§@git.shop.test/x.git\n", "gl" + "pat-" + token("forge2", 20)),
            ("gitea_token: §\n", hexadecimal("gitea", 40)),
        ),
        kind(
            "mail account",
            password("mail"),
            'smtp.login("shop@shop.test", "§")\n',
            "EMAIL_HOST_PASSWORD = '§'\n",
            "nodemailer({auth: {user: 'shop', pass: '§'}});\n",
        ),
        each(
            "bots",
            ("TELEGRAM=§\n", made_up("tg", 10, "123456789") + ":AA" + token("telegram", 33)),
            (
                'client.run("§")  # discord\n',
                "M" + token("discord", 25) + "." + token("d", 6) + "." + token("discord two", 38),
            ),
            ("bot_token: §\n", token("bot", 59)),
        ),
    ]


def _people() -> list[Kind]:
    return [
        kind(
            "wireless",
            password("wireless"),
            'network={\n  ssid="shop"\n  psk="§"\n}\n',
            "wpa_passphrase=§\n",
            "nmcli device wifi connect shop password §\n",
        ),
        each(
            "continuous integration",
            ("variables:\n  DEPLOY_PASS: §\n", password("ci")),
            ("withEnv(['DB_PASS=§']) {\n", password("ci two")),
            ("env:\n  DEPLOY_TOKEN: §\n", token("ci", 40)),
        ),
        each(
            "oauth",
            ('"refresh_token": "§"\n', token("refresh", 64)),
            ("consumer_secret = '§'\n", token("consumer", 50)),
            ("grant_type=client_credentials&client_secret=§\n", token("oauth", 40)),
        ),
    ]
