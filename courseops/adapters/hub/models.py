"""What the hub's API answers, as far as we read it; fields we do not know are ignored.

Every release adds fields, so a model names only those that courseops needs. The shapes are
those of https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html
"""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, RootModel

Item = TypeVar("Item", bound="Named")


class Answered(BaseModel):
    """Anything the hub says."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Named(Answered):
    """One entry of a list; the name is unique in it."""

    name: str


class StateModel(Answered):
    """What a spawner remembers of a server; each kind of spawner has other keys."""

    pvc_name: str | None = None


class ServerModel(Named):
    """One single-user server; `pending` is "spawn", "stop", "check" or None."""

    started: AwareDatetime | None = None
    last_activity: AwareDatetime | None = None
    pending: str | None = None
    state: StateModel | None = None

    @property
    def shows_state(self) -> bool:
        """Say whether our token may read the state, also that of a server without any."""
        return "state" in self.model_fields_set


class AccountModel(Named):
    """
    One account; a field that our token may not read is None.

    `last_activity` is also None for someone who never logged in.
    """

    admin: bool | None = None
    last_activity: AwareDatetime | None = None


class UserModel(Named):
    """One account with its servers; they are None if our token may not read them."""

    servers: dict[str, ServerModel] | None = None


class MadeModel(Answered):
    """One account that a bulk call made; without a name where our token may not read it."""

    name: str = ""


class CreatedModel(RootModel[list[MadeModel]]):
    """The accounts that a bulk call made; whoever was there before is not among them."""


class GroupModel(Named):
    """One group with its members."""

    users: frozenset[str] = frozenset()


class PageModel(Answered):
    """Where a page stands in its list; the hub may lower the `limit` we asked for."""

    offset: int = Field(ge=0)
    limit: int = Field(ge=1)
    total: int = Field(ge=0)


class Page(Answered, Generic[Item]):
    """One page of a list, in the envelope the hub uses when it is asked for pages."""

    items: list[Item]
    pagination: PageModel = Field(alias="_pagination")


class WhoAmI(Named):
    """Whose token we hold ("service" or "user") and what it may do, with implied scopes."""

    kind: str
    scopes: frozenset[str]


class ServicesModel(RootModel[dict[str, object]]):
    """The hub's services by name."""


class ClassModel(Answered):
    """One class the hub is configured with, by its dotted name."""

    name: str = Field(alias="class")


class InfoModel(Answered):
    """How the hub is set up."""

    authenticator: ClassModel


class VersionModel(Answered):
    """What the hub says to anybody who asks."""

    version: str


class ErrorModel(Answered):
    """What the hub says when it says no; the message may be null."""

    message: str | None = None
