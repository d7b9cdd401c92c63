"""The terminal: an investigation of one case, screen by screen. The only package that knows textual."""
