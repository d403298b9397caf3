"""Staff: who they are by WeCom's word, and what they may do."""
