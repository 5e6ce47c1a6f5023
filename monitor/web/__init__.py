"""The page and the API: one look tells what is going on, what was told, and whether we can see."""

from .build import build
from .guard import entry
from .server import LOCAL_NAMES, Server, local, serve, serving
from .site import Acknowledgement, Actions, Ledger, Nothing, SignedLink, Site, Step

__all__ = [
    "LOCAL_NAMES",
    "Acknowledgement",
    "Actions",
    "Ledger",
    "Nothing",
    "Server",
    "SignedLink",
    "Site",
    "Step",
    "build",
    "entry",
    "local",
    "serve",
    "serving",
]
