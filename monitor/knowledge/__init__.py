"""Understanding: what an item says, as pure functions over words and the seeds."""

from monitor.knowledge.issuers import issuer_of
from monitor.knowledge.items import item_of
from monitor.knowledge.levels import level_of
from monitor.knowledge.reading import read

__all__ = ["issuer_of", "item_of", "level_of", "read"]
