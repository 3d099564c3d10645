"""Telling people by e-mail: what to say, to whom, and how it leaves."""
