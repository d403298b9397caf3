"""The member centre in the mini program: login, the member's own page, their money; over several areas."""
