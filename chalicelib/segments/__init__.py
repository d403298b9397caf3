"""Tags on members, rules that describe an audience, and who is in it (标签与人群)."""
