"""The version of the product, without a look-up of package metadata at start."""

VERSION = "1.0.0"
