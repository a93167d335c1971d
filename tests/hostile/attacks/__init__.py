"""All attacks, by what they are after; each module holds a tuple of them.

Scripts are Python that follows `prelude.py` and runs inside. They are data here: what is in them is
done to the sandbox, and to this machine only as a control, so they take what is a scene's own.
"""

from tests.hostile.attack import Attack
from tests.hostile.attacks.aliases import ALIASES
from tests.hostile.attacks.files import FILES
from tests.hostile.attacks.kernel import KERNEL
from tests.hostile.attacks.lingering import LINGERING
from tests.hostile.attacks.network import NETWORK
from tests.hostile.attacks.planted import PLANTED
from tests.hostile.attacks.processes import PROCESSES
from tests.hostile.attacks.resources import RESOURCES
from tests.hostile.attacks.running import RUNNING
from tests.hostile.attacks.shares import SHARES
from tests.hostile.attacks.toolchains import TOOLCHAINS
from tests.hostile.attacks.unseen import UNSEEN

ATTACKS: tuple[Attack, ...] = (
    *FILES,
    *PROCESSES,
    *NETWORK,
    *KERNEL,
    *RESOURCES,
    *UNSEEN,
    *SHARES,
    *LINGERING,
    *PLANTED,
    *RUNNING,
    *TOOLCHAINS,
    *ALIASES,
)
