"""`python -m monitor` is the command `monitor`."""

from .cli import main

main()
