"""The outside world over HTTPS: mini program, WeCom, WeChat Pay. Gateways are built by `gateways`.

Nothing here reads settings, secrets or the environment: all of it comes as arguments.
"""
