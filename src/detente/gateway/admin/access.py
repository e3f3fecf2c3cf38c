"""Who asks the admin API, and in which role.

Without administrators whoever comes over loopback is the owner. Not here: what a role may do
(`principals.roles`).
"""

from typing import Final

import msgspec

from detente.canonical.principal import Role

LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks; `project` is a member's own, None for every other role."""

    name: str
    role: Role
    project: str | None = None

    def may_see(self, project: str | None) -> bool:
        """Whether what belongs to `project` (None: the whole organisation) is theirs to see."""
        return self.role != "member" or (project is not None and project == self.project)


LOCAL_OWNER: Final = Asker(name="loopback", role="owner")
"""Whoever reaches a loopback address of a gateway that names no administrators."""
