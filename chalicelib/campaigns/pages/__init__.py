"""The campaign page and its poster."""
