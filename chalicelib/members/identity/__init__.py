"""Who somebody is: identities, the merging of two profiles, reviews, and erasure."""
