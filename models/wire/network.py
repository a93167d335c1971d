"""The one setting of certificates and proxy that every outgoing connection of ours obeys.

Model and embedding endpoints, mirrors, the hub and pip all take it from here. Loopback is always
reached directly. It is independent of what is requested.
"""

import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import certifi

from rooftree.config import NetworkSection
from rooftree.errors import ConfigError


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """How to leave this machine."""

    ca_file: Path | None = None
    """PEM certificates that are trusted besides the usual ones and this machine's."""
    proxy: str = ""
    no_proxy: tuple[str, ...] = ()
    """Hosts, or domains with a leading dot, that are reached without the proxy."""

    def context(self) -> ssl.SSLContext:
        """Trust the usual authorities, those of this machine, and the organisation's own."""
        context = ssl.create_default_context(cafile=certifi.where())
        context.load_default_certs()
        if self.ca_file is not None:
            try:
                context.load_verify_locations(self.ca_file)
            except (OSError, ssl.SSLError) as error:
                raise ConfigError(
                    f"network.ca_file: {str(self.ca_file)!r} holds no certificates that can be "
                    f"read: {error}; it must be a PEM file"
                ) from error
        return context

    def proxy_for(self, url: str) -> str | None:
        """Return the proxy through which `url` is reached, or None for a direct connection."""
        host = (urlsplit(url).hostname or "").lower()
        if not self.proxy or is_loopback(host):
            return None
        return None if any(_fits(host, rule.lower()) for rule in self.no_proxy) else self.proxy

    def for_pip(self, folder: Path) -> Mapping[str, str]:
        """Return the variables that make pip do the same; `folder` takes a file of certificates.

        pip trusts one file and nothing else, so it gets the usual authorities with ours.
        """
        variables = {"PIP_PROXY": self.proxy, "PIP_NO_PROXY": ",".join(self.no_proxy)}
        variables = {name: value for name, value in variables.items() if self.proxy and value}
        if self.ca_file is None:
            return variables
        bundle = folder / "certificates.pem"
        bundle.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + self.ca_file.read_bytes())
        return variables | {"PIP_CERT": str(bundle)}


DIRECT = NetworkSettings()


def network_of(section: NetworkSection) -> NetworkSettings:
    """Return what an operator configured, or say what is wrong with it."""
    if section.proxy and not _is_proxy(section.proxy):
        raise ConfigError(
            "network.proxy must be a URL such as http://proxy.example:3128 without a path"
        )
    network = NetworkSettings(section.ca_file, section.proxy, tuple(section.no_proxy))
    if section.ca_file is not None:
        network.context()
    return network


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a host; other names are never looked up."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.scheme in ("http", "https") and parts.hostname and parts.port != 0) and (
            parts.path in ("", "/")
        )
    except ValueError:
        return False


def _fits(host: str, rule: str) -> bool:
    return host == rule.removeprefix(".") or (rule.startswith(".") and host.endswith(rule))
