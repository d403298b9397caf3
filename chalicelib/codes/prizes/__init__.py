"""Prizes in codes (一物一码红包): who wins is fixed at activation, audited by anyone, paid once."""
