"""The guide's workbench in WeCom's sidebar: what a guide and a store's manager see, over several areas."""
