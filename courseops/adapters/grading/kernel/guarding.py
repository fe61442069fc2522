"""Placeholder."""
from __future__ import annotations
from typing import Any


class Guard:
    def __init__(self, shell: Any, secret: Any, descriptor: int) -> None:
        self._shell, self._secret = shell, secret

    def arm(self) -> None: ...

    def before(self, number: int, *, trusted: bool) -> list[str]:
        self._secret.active = trusted
        return []

    async def watch(self, running: Any, *, trusted: bool) -> Any:
        return await running

    def after(self, number: int, result: Any, *, trusted: bool) -> list[str]:
        self._secret.active = False
        if trusted:
            self._secret.forget(self._shell, result)
        return []
