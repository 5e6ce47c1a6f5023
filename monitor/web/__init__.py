"""The page and the API: one look tells what is going on, what was told, and whether we can see."""

from .build import build
from .server import Server, serve
from .site import Acknowledgement, Actions, Ledger, Nothing, SignedLink, Site, Step

__all__ = ["Acknowledgement", "Actions", "Ledger", "Nothing", "Server", "SignedLink", "Site", "Step", "build", "serve"]
