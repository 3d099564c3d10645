"""Triage of what is said: who looks after it, what was answered, what is done."""
