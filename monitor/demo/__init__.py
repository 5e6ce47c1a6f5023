"""The demo: a bundled story, played to the real daemon by a real web server on this machine."""
