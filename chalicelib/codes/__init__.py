"""One code per item (一物一码): codes cost nothing to mint, a scan or a claim is one write."""
