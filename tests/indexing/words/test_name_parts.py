"""How names of real code are split: as a reader takes them, not as their case alone would tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.words.name_parts import parts
from indexing.words.tokens import counted, forms, words

# The name, a project in whose code it stands, and the words that a reader takes it for.
NAMES = """
UUIDs                         rails          uuids
IDs                           jest           ids
APIs                          jest           apis
URIs                          hugo           uris
RPCs                          grpc           rpcs
SDKs                          openai         sdks
GPUs                          torch          gpus
CPUs                          numpy          cpus
TPUs                          transformers   tpus
LLMs                          transformers   llms
DBs                           chromadb       dbs
IPs                           kubernetes     ips
PRs                           scipy          prs
OSErrors                      joblib         os errors
uglyURLs                      hugo           ugly urls
isURL                         hugo           is url
fileURLToPath                 jest           file url to path
pathToFileURL                 jest           path to file url
URLSearchParams               undici         url search params
URLError                      pytest         url error
IPv4Address                   CPython        ip ipv4 address
IPv6Network                   CPython        ip ipv6 network
IPv6Interface                 pydantic       ip ipv6 interface
ParseIP                       gin            parse ip
TLSv1_2                       urllib3        tls tlsv1
NFSv4                         opentelemetry  nfs nfsv4
V1NFSVolumeSource             kubernetes     v1 nfs volume source
V1APIGroup                    kubernetes     v1 api group
V1beta1DeviceToleration       kubernetes     v1 beta beta1 device toleration
K8s                           opentelemetry  k8s
OAuth2PasswordBearer          fastapi        oauth oauth2 password bearer
OAuth2AuthorizationCodeBearer fastapi        oauth oauth2 authorization code bearer
OAuth2Error                   oauthlib       oauth oauth2 error
OpenAIError                   openai         openai error
AsyncAPIResource              openai         async api resource
iOS                           packaging      ios
iPhone                        rails          iphone
macOS                         packaging      macos
GitHub                        hugo           github
GraphQL                       opentelemetry  graphql
PostgreSQLAdapter             rails          postgresql adapter
SQLite3Adapter                rails          sqlite sqlite3 adapter
MySQL                         rails          mysql
SQLAlchemy                    flask          sqlalchemy
RESTful                       rails          restful
HasManyThrough                rails          has many through
XMLHttpRequest                axios          xml http request
HTTPSConnectionPool           urllib3        https connection pool
HTTP11Connection              httpcore       http http11 connection
HTTP2Session                  undici         http http2 session
MIMEType                      undici         mime type
Uint8Array                    undici         uint uint8 array
Float64Array                  jest           float float64 array
DOMException                  undici         dom exception
JSONDecodeError               CPython        json decode error
JSONRPC                       opentelemetry  json rpc
HTMLAttr                      hugo           html attr
HTMLElement                   jest           html element
PDFDocument                   pygments       pdf document
HMACSHA256                    wycheproof     hmac sha sha256
SSLWantReadError              anyio          ssl want read error
TextIOWrapper                 CPython        text io wrapper
ABCMeta                       CPython        abc meta
EOFError                      CPython        eof error
isNaN                         undici         is nan
toJSON                        axios          to json
getElementById                rails          get element by id
utf8                          flask          utf utf8
UTF8                          axios          utf utf8
utf_8                         CPython        utf utf8
latin1                        CPython        latin latin1
urlsafe_b64encode             CPython        urlsafe b64 encode
x86_64                        packaging      x86 64
ConvTranspose2d               torch          conv transpose transpose2d
ConvReLU2d                    torch          conv relu relu2
GPT2Config                    transformers   gpt gpt2 config
i18n_scope                    rails          i18n scope
atleast_3d                    numpy          atleast
"""
ROWS = [line.split(maxsplit=2) for line in NAMES.strip().splitlines()]


@pytest.mark.parametrize(
    ("name", "wanted"), [(name, wanted) for name, _, wanted in ROWS], ids=[row[0] for row in ROWS]
)
def test_a_name_of_real_code_is_split_as_a_reader_takes_it(name: str, wanted: str) -> None:
    assert sorted(set(parts(name))) == sorted(wanted.split())


def test_the_table_has_sixty_names_of_many_projects() -> None:
    assert len({name for name, _, _ in ROWS}) >= 60
    assert len({project for _, project, _ in ROWS}) >= 20


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UUIDs", "uuid"),
        ("list the URLs", "build_url"),
        ("which APIs", "apiVersion"),
        ("the IDs", "user_id"),
        ("UTF-8", "utf8"),
        ("utf-8", "getUtf8"),
        ("SHA-256", "sha256_of"),
        ("HTTP/2", "http2"),
        ("IPv4", "parse_ipv4"),
        ("IP addresses", "IPv4Address"),
        ("OAuth", "OAuth2Token"),
        ("iOS", "iOSApp"),
        ("ISO-8859-1", "iso8859_1"),
    ],
)
def test_ways_to_write_a_word_share_a_key(one: str, other: str) -> None:
    assert counted(one).keys() & counted(other).keys()


@pytest.mark.parametrize(
    ("one", "other"), [("iOS", "io"), ("dns", "dn"), ("OAuth", "authenticate"), ("URLs", "ls")]
)
def test_different_words_share_none(one: str, other: str) -> None:
    assert not counted(one).keys() & counted(other).keys()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("URLIsValid", "url is valid"),
        ("IDAsText", "id as text"),
        ("APIIsEnabled", "api is enabled"),
        ("URLencode", "url encode"),
        ("TCPIPv4Socket", "tcp ip ipv4 socket"),
        ("OSes", "oses"),
        ("HTTPAPIs", "http apis"),
        ("naïveBayes", "naïve bayes"),
        ("GrößeÄndern", "größe ändern"),
        ("W3CValidator", "w3c validator"),
    ],
)
def test_what_case_alone_cannot_tell_is_told_by_the_tables(name: str, wanted: str) -> None:
    assert sorted(set(parts(name))) == sorted(wanted.split())


def test_a_hash_is_one_word() -> None:
    assert list(parts("de9ee3df6cf39fac952ab5")) == ["de9ee3df6cf39fac952ab5"]


def test_a_number_is_joined_to_acronyms_and_not_to_what_is_counted_down() -> None:
    assert list(words("UTF-8")) == ["utf", "utf8", "8"]
    assert list(words("count-1")) == ["count", "1"]


@given(st.text(alphabet="aBcIsSPv_0123OAuthé", max_size=64))
def test_no_part_is_longer_than_the_name_or_in_capitals(name: str) -> None:
    for part in forms(name):
        assert len(part) <= len(name) + 1
        assert part == part.lower()
