"""The life of codes by batch, box and range: minted, active, shipped, scanned, claimed, void."""
