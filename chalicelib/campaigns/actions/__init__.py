"""Qualifying actions (行为): what a campaign counts, and leaving within its waiting period."""
