"""Telling the diagnosis: one page of blocks, drawn as HTML, text and JSON, and the command line that does it."""
