"""Pure: what was known and what is said now become changes; no I/O, no clock."""
