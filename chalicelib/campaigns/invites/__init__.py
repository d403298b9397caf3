"""The invite tree (裂变): any depth is counted, only the direct inviter earns."""
