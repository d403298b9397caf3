"""Signals of diversion (窜货) and counterfeiting, with their evidence."""
