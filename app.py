"""Composition only: the Chalice object, every area's routes, every event function, each by its name."""

from __future__ import annotations

import gc

# What a cold start makes lives as long as the container: looking for garbage among it is a tenth of the start.
gc.disable()

from chalice.app import Chalice

from chalicelib.attribution import api as attribution_api
from chalicelib.brand import api as brand_api
from chalicelib.brand import audit
from chalicelib.brand import audit_api as brand_audit_api
from chalicelib.campaigns import admin_api as campaigns_admin_api
from chalicelib.campaigns import api as campaigns_api
from chalicelib.campaigns import generations_api as campaigns_generations_api
from chalicelib.codes import admin_api as codes_admin_api
from chalicelib.codes import api as codes_api
from chalicelib.codes import exports_api as codes_exports_api
from chalicelib.codes import prizes_api as codes_prizes_api
from chalicelib.codes import public_api as codes_public_api
from chalicelib.codes import signals_api as codes_signals_api
from chalicelib.guides import admin_api as guides_admin_api
from chalicelib.guides import api as guides_api
from chalicelib.guides import callback_api as guides_callback_api
from chalicelib.guides import ways_api as guides_ways_api
from chalicelib.insights import api as insights_api
from chalicelib.members import api as members_api
from chalicelib.payouts import admin_api as payouts_admin_api
from chalicelib.payouts import api as payouts_api
from chalicelib.pushes import api as pushes_api
from chalicelib.runtime import site
from chalicelib.segments import api as segments_api
from functions import (
    attribution_freeze,
    attribution_ledger,
    attribution_stream,
    campaigns_acts,
    campaigns_due,
    campaigns_packets,
    campaigns_settled,
    campaigns_stream,
    campaigns_sweep,
    campaigns_sweep_plan,
    campaigns_tree,
    codes_exports,
    codes_history,
    codes_prizes,
    codes_reconcile,
    codes_stream,
    guides_check,
    guides_contacts,
    guides_due,
    guides_nightly,
    guides_roster,
    guides_stream,
    guides_transfers,
    guides_warm,
    insights_fold,
    members_erase,
    members_import,
    members_stream,
    members_sweep,
    members_timeline,
    payouts_notified,
    payouts_reconcile,
    payouts_send,
    payouts_stream,
    pushes_deliver,
    pushes_due,
    pushes_plan,
    pushes_stream,
    segments_build,
    segments_directory,
    segments_stream,
    tokens_refresh,
)

ROUTES = (
    site.api,
    brand_api.api,
    brand_audit_api.api,
    members_api.api,
    codes_api.api,
    codes_admin_api.api,
    codes_exports_api.api,
    codes_prizes_api.api,
    codes_public_api.api,
    codes_signals_api.api,
    guides_api.api,
    guides_admin_api.api,
    guides_callback_api.api,
    guides_ways_api.api,
    payouts_api.api,
    payouts_admin_api.api,
    campaigns_api.api,
    campaigns_admin_api.api,
    campaigns_generations_api.api,
    attribution_api.api,
    segments_api.api,
    pushes_api.api,
    insights_api.api,
)
FUNCTIONS = (
    attribution_freeze.bp,
    attribution_ledger.bp,
    attribution_stream.bp,
    campaigns_acts.bp,
    campaigns_due.bp,
    campaigns_packets.bp,
    campaigns_settled.bp,
    campaigns_stream.bp,
    campaigns_sweep.bp,
    campaigns_sweep_plan.bp,
    campaigns_tree.bp,
    codes_exports.bp,
    codes_history.bp,
    codes_prizes.bp,
    codes_reconcile.bp,
    codes_stream.bp,
    guides_check.bp,
    guides_contacts.bp,
    guides_due.bp,
    guides_nightly.bp,
    guides_roster.bp,
    guides_stream.bp,
    guides_transfers.bp,
    guides_warm.bp,
    insights_fold.bp,
    members_erase.bp,
    members_import.bp,
    members_stream.bp,
    members_sweep.bp,
    members_timeline.bp,
    payouts_notified.bp,
    payouts_reconcile.bp,
    payouts_send.bp,
    payouts_stream.bp,
    pushes_deliver.bp,
    pushes_due.bp,
    pushes_plan.bp,
    pushes_stream.bp,
    segments_build.bp,
    segments_directory.bp,
    segments_stream.bp,
    tokens_refresh.bp,
)

app = Chalice(app_name="siyu", configure_logs=False)
for api in ROUTES:
    api.record = audit.record
    app.register_blueprint(api)
for functions in FUNCTIONS:
    app.register_blueprint(functions)
site.describe_routes(route for api in ROUTES for route in api.routes.values())

gc.freeze()
gc.enable()
