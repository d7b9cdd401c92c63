"""Understand a bundle: parse it, measure it, judge it. Opens no connection, runs nothing from it."""
