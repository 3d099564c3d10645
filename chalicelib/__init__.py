"""Relais: everything that ships in the Lambda package."""
