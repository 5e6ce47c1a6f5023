"""Understanding: what an item says, as pure functions over words and the seeds."""

from monitor.knowledge.levels import level_of

__all__ = ["level_of"]
