"""Shopping guides (导购): their contact ways and badges, who is bound to whom since when, contacts from WeCom."""
