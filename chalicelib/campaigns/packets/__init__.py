"""Packets (红包): from a drawn share to money."""
