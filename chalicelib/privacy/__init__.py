"""Privacy: what a person may take along, and how they are forgotten. It knows what every area keeps of a person."""
