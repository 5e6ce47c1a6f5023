"""The configuration: TOML in, checked frozen values out, every mistake at once."""
