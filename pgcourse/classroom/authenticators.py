"""How JupyterHub learns who somebody is: its own authenticators, held to the roster. The hub imports this.

Each turns a claim into an id of the roster, or refuses with a sentence. Where a claim is missing, the library for LTI
would take another in its place, which may happen to be a student's id.
"""

from collections.abc import Mapping
from typing import Any

from jupyterhub.auth import Authenticator, PAMAuthenticator
from ltiauthenticator.lti13.auth import LTI13Authenticator
from ltiauthenticator.lti13.constants import LTI13_CUSTOM_CLAIM
from oauthenticator.generic import GenericOAuthenticator
from tornado.web import HTTPError
from traitlets import Bool, Dict, Unicode

CUSTOM = "custom_"
NOT_NAMED = "Your login does not say who you are here (no {}): tell your instructor."
NOT_IN_CLASS = "{} is not in this class: ask your instructor to add it to the roster."
NOT_VERIFIED = "Your address {} has not been verified: verify it where you log in, then try again."


class OfRoster(Authenticator):
    """Whoever is taken from the roster is out within minutes, even if still logged in."""

    async def refresh_user(self, user: Any, handler: Any = None, **options: Any) -> Any:
        """Return False, for a new login, once the user is no longer in the roster."""
        return user.name in self.allowed_users and await super().refresh_user(user, handler, **options)


class KnownByClaim(OfRoster):
    """Finds the claim of a provider in the roster."""

    claim = Unicode("email", config=True, help="The claim that says who somebody is.")
    people = Dict(config=True, help="{value of the claim: the id in the roster}.")

    def id_of(self, claims: Mapping[str, Any]) -> str:
        """Return the id in the roster; HTTPError with a sentence for somebody who is not in the class."""
        said = claims.get(self.claim)
        if not isinstance(said, str | int) or isinstance(said, bool) or not str(said).strip():
            raise HTTPError(403, NOT_NAMED.format(self.claim))
        said = str(said).strip()
        found: str | None = self.people.get(said.lower() if "@" in said else said)
        if found is None:
            raise HTTPError(403, NOT_IN_CLASS.format(said))
        return found


class PamLogin(OfRoster, PAMAuthenticator):
    """Accounts of this machine."""


class OAuthLogin(KnownByClaim, GenericOAuthenticator):
    """Single sign-on."""

    verified = Bool(True, config=True, help="Ask for `email_verified` beside the claim.")

    def user_info_to_username(self, user_info: Mapping[str, Any]) -> str:
        """Return the id of the person that the provider describes."""
        found = self.id_of(user_info)
        # some providers let anybody type any address
        if self.verified and str(user_info.get("email_verified")).lower() != "true":
            raise HTTPError(403, NOT_VERIFIED.format(user_info[self.claim]))
        return found


class LtiLogin(KnownByClaim, LTI13Authenticator):
    """A link in a learning platform, which vouches for what it says of its users."""

    def get_username(self, token: Mapping[str, Any]) -> str:
        """Return the id of the person whom a launch is about; the token's signature has been verified."""
        custom = token.get(LTI13_CUSTOM_CLAIM) or {}
        return self.id_of({**token, **{f"{CUSTOM}{name}": value for name, value in custom.items()}})
