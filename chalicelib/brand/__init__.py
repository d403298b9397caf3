"""What the brand is made of: products and their content, channels with regions, stores, shops."""
