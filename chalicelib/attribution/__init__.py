"""Attribution: touches, orders, the policy, and the ledger of who earned what by which sale."""
