"""What makes the areas run in Lambda: settings, tables, queues, HTTP, identity, consumers, signals for operators."""
