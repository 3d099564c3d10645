"""Firms, their members and their channels."""
