"""Figures: snapshots as the networks tell them, totals per day, links that count."""
