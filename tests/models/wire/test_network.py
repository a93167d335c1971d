import ssl
from pathlib import Path

import certifi
import pytest

from models.gateway import ModelAccess
from models.wire.network import NetworkSettings, network_of
from rooftree.config import Config, ModelSection, NetworkSection
from rooftree.errors import ConfigError, ModelUnavailableError
from tests.models.connected import connected, request
from tests.support.scripted_model import ScriptedServer, Text


def test_loopback_and_named_hosts_need_no_proxy() -> None:
    network = NetworkSettings(proxy="http://proxy:3128", no_proxy=("models.corp", ".lab.corp"))
    for host in ("127.0.0.1", "localhost", "[::1]", "models.corp", "gpu1.lab.corp", "lab.corp"):
        assert network.proxy_for(f"http://{host}:8000/v1") is None
    for host in ("example.org", "xlab.corp", "models.corp.evil.test"):
        assert network.proxy_for(f"https://{host}/v1") == "http://proxy:3128"


@pytest.mark.parametrize(
    "proxy", ["proxy:3128", "socks5://x", "http://", "http://x/path", "http://x:0"]
)
def test_a_proxy_that_is_none_is_named(proxy: str) -> None:
    with pytest.raises(ConfigError, match=r"network\.proxy"):
        network_of(NetworkSection(proxy=proxy))


def test_certificates_that_are_none_are_named(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    for content in (None, "", "not a certificate"):
        if content is not None:
            path.write_text(content)
        with pytest.raises(ConfigError, match=r"network\.ca_file"):
            network_of(NetworkSection(ca_file=path))


def test_the_organisations_authority_is_trusted_besides_the_usual(tmp_path: Path) -> None:
    usual = len(NetworkSettings().context().get_ca_certs())
    one = ssl.PEM_cert_to_DER_cert(_first_certificate())
    path = tmp_path / "ca.pem"
    path.write_text(ssl.DER_cert_to_PEM_cert(one))
    assert len(network_of(NetworkSection(ca_file=path)).context().get_ca_certs()) == usual
    variables = NetworkSettings(ca_file=path, proxy="http://p:1").for_pip(tmp_path)
    assert variables["PIP_PROXY"] == "http://p:1"
    bundle = Path(variables["PIP_CERT"]).read_text()
    assert path.read_text() in bundle
    assert bundle.count("BEGIN CERTIFICATE") > 100


def _first_certificate() -> str:
    text = Path(certifi.where()).read_text()
    start = text.index("-----BEGIN CERTIFICATE-----")
    end = text.index("-----END CERTIFICATE-----") + len("-----END CERTIFICATE-----")
    return text[start:end] + "\n"


async def test_a_proxy_is_asked_for_every_host_that_is_not_this_machine() -> None:
    """The proxy here says no; what matters is that it was asked, and not the host."""
    with ScriptedServer() as proxy:
        url = proxy.base_url.removesuffix("/v1")
        network = NetworkSettings(proxy=url)
        far = "http://models.test/v1"
        async with connected(proxy, base_url=far, network=network) as client:
            with pytest.raises(Exception, match=r"models\.test"):
                await client.chat(request())
        assert proxy.requests[0].path == "http://models.test/v1/chat/completions"
    with ScriptedServer([Text("yes")]) as server:
        async with connected(server, network=NetworkSettings(proxy="http://127.0.0.1:9")) as client:
            assert (await client.chat(request())).text == "yes"


async def test_the_configuration_reaches_the_client() -> None:
    with ScriptedServer() as proxy:
        config = Config(
            model=ModelSection(endpoint="http://models.test/v1", name="m", total_seconds=5),
            network=NetworkSection(proxy=proxy.base_url.removesuffix("/v1")),
        )
        access = ModelAccess(config, lambda _: Path("none"), {})
        client = await access.client()
        with pytest.raises((ModelUnavailableError, Exception)):
            await client.chat(request(model="m"))
        assert proxy.requests
        await access.aclose()
