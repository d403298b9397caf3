"""Composition only: the Chalice object, every area's routes, every event function."""

from __future__ import annotations

import gc

# What a cold start makes lives as long as the container: looking for garbage among it is a tenth of the start.
gc.disable()

import importlib
import pkgutil

from chalice.app import Chalice

import functions
from chalicelib.areas import AREAS
from chalicelib.runtime.site import api as site

app = Chalice(app_name="siyu", configure_logs=False)
app.register_blueprint(site)
for area in AREAS:
    app.register_blueprint(importlib.import_module(f"chalicelib.{area}.api").api)
for module in pkgutil.iter_modules(functions.__path__):
    app.register_blueprint(importlib.import_module(f"functions.{module.name}").bp)

gc.freeze()
gc.enable()
