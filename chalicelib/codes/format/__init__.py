"""What a code is: its characters, its keys, GS1 Digital Link, and ranges of sequences. No table, no I/O."""
