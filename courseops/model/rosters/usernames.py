"""What a hub makes of a name, and which names it or we refuse.

The hub lower-cases a name, looks it up in its username_map and checks its username_pattern,
with `re.match`, so that a pattern without `$` looks at the beginning only:
https://jupyterhub.readthedocs.io/en/stable/reference/api/auth.html. Neither map nor pattern can be
asked of a running hub, so that the configuration repeats them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# Narrower than the hub's own rule on purpose: such a name is the same in a folder, a group
# and a gradebook, and '+' separates the parts of a submission's name in nbgrader's exchange.
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class UsernameRule:
    """A hub's rule for usernames, as its own configuration has it; ours alone where it has none."""

    pattern: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)

    def name_of(self, name: str) -> str:
        """Give the username that a hub makes of `name` when someone logs in."""
        lowered = name.lower()
        return self.renamed.get(lowered, lowered)

    def fault_of(self, username: str) -> str:
        """Say what is wrong with `username`, as `name_of` gave it; "" for one that can be used."""
        if not username:
            return "is empty"
        made = self.name_of(username)
        # The hub does to names in our calls what it does to those of a login.
        if made != username:
            return f"can be no username: the hub would make it {made!r}"
        if not _USERNAME.fullmatch(username):
            return "can be no username (letters, digits and . _ @ - only)"
        if self.pattern and not re.match(self.pattern, username):
            return f"is refused by the hub's username_pattern {self.pattern}"
        return ""
