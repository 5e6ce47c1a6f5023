"""Which schema this program writes; apart, so that a look at it costs nothing."""

HEAD = "0001"
"""The newest migration."""

VERSION_TABLE = "monitor_schema"
