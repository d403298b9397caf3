"""Referral red-packet campaigns (拉新红包): who takes part, who invited whom, and a pot that cannot be overspent."""
