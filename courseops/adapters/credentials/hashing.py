"""Hashes of first passwords, as NativeAuthenticator and FirstUseAuthenticator keep them."""

from __future__ import annotations

import bcrypt

# bcrypt's cost is the logarithm of its work, and slows down guessing what people choose. Ours are
# drawn from 2**59: at cost 6 a machine that tries a million a second needs nine thousand years
# for half of them. A hash takes 4 ms here (cost 8: 16 ms, cost 12, which both authenticators
# take for what learners choose themselves: 244 ms), and 2,000 learners 8 s, not eight minutes.
# What is replaced at the hub is hashed by the hub, at its own cost.
COST = 6


def hash_of(password: str) -> bytes:
    """Hash a first password, with a salt of its own."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(COST))


def matches(password: str, hashed: bytes) -> bool:
    """Say whether a hash is of this password; what is no hash is of none."""
    try:
        return bcrypt.checkpw(password.encode(), hashed)
    except ValueError:
        return False
