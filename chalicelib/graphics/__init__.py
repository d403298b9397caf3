"""Pictures: what is drawn, read and written, for whichever area needs one. Knows no area and no runtime."""
