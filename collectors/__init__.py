"""Gather the evidence on the affected machine; standard library only."""
