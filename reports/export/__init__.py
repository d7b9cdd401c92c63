"""The diagnosis as files for machines and tickets."""
