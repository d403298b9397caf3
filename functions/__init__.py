"""Event-driven Lambdas: one file each, a few lines that hand an event to a use case."""
