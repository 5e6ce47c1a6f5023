"""Edges to people and machines: one module per kind of channel, each saying `try later` or `refused` when it fails."""
