"""Events: how facts travel from a table's stream over queues to their consumers, and schedules."""
