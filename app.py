"""Composition only: the Chalice object, every file of routes, every event function, each by its name."""

from __future__ import annotations

import gc

# What a cold start makes lives as long as the container: looking for garbage among it is a tenth of the start.
gc.disable()

from chalice.app import Chalice

from chalicelib.attribution import admin_api as attribution_admin_api
from chalicelib.attribution.orders import api as attribution_orders_api
from chalicelib.brand import admin_api as brand_admin_api
from chalicelib.brand.audit import admin_api as brand_audit_admin_api
from chalicelib.brand.audit import service as audit
from chalicelib.campaigns import admin_api as campaigns_admin_api
from chalicelib.campaigns import public_api as campaigns_public_api
from chalicelib.campaigns.fraud import admin_api as campaigns_fraud_admin_api
from chalicelib.campaigns.gifts import admin_api as campaigns_gifts_admin_api
from chalicelib.campaigns.gifts import api as campaigns_gifts_api
from chalicelib.campaigns.invites import admin_api as campaigns_invites_admin_api
from chalicelib.campaigns.packets import api as campaigns_packets_api
from chalicelib.campaigns.participants import api as campaigns_participants_api
from chalicelib.campaigns.pot import admin_api as campaigns_pot_admin_api
from chalicelib.campaigns.reports import admin_api as campaigns_reports_admin_api
from chalicelib.codes.batches import admin_api as codes_batches_admin_api
from chalicelib.codes.claims import api as codes_claims_api
from chalicelib.codes.diversion import admin_api as codes_diversion_admin_api
from chalicelib.codes.exports import admin_api as codes_exports_admin_api
from chalicelib.codes.lifecycle import admin_api as codes_lifecycle_admin_api
from chalicelib.codes.prizes import api as codes_prizes_api
from chalicelib.codes.scans import api as codes_scans_api
from chalicelib.codes.scans import public_api as codes_scans_public_api
from chalicelib.guides import admin_api as guides_admin_api
from chalicelib.guides.bindings import admin_api as guides_bindings_admin_api
from chalicelib.guides.contact_ways import admin_api as guides_contact_ways_admin_api
from chalicelib.guides.contacts import api as guides_contacts_api
from chalicelib.guides.staff import admin_api as guides_staff_admin_api
from chalicelib.guides.staff import api as guides_staff_api
from chalicelib.guides.transfers import admin_api as guides_transfers_admin_api
from chalicelib.insights import admin_api as insights_admin_api
from chalicelib.member_center import api as member_center_api
from chalicelib.member_center import packets_api as member_center_packets_api
from chalicelib.members.identity import admin_api as members_identity_admin_api
from chalicelib.members.imports import admin_api as members_imports_admin_api
from chalicelib.payouts import admin_api as payouts_admin_api
from chalicelib.payouts import api as payouts_api
from chalicelib.privacy import api as privacy_api
from chalicelib.pushes import admin_api as pushes_admin_api
from chalicelib.pushes import api as pushes_api
from chalicelib.runtime.http import local_api, site
from chalicelib.segments import admin_api as segments_admin_api
from chalicelib.workbench import api as workbench_api
from chalicelib.workbench import commissions_api as workbench_commissions_api
from chalicelib.workbench import tags_api as workbench_tags_api
from functions import (
    attribution_freeze,
    attribution_ledger,
    attribution_stream,
    campaigns_acts,
    campaigns_due,
    campaigns_packets,
    campaigns_reconcile,
    campaigns_reconcile_plan,
    campaigns_settled,
    campaigns_stream,
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
    members_erase_due,
    members_import,
    members_stream,
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
    local_api.api,
    brand_admin_api.api,
    brand_audit_admin_api.api,
    members_identity_admin_api.api,
    members_imports_admin_api.api,
    codes_batches_admin_api.api,
    codes_claims_api.api,
    codes_diversion_admin_api.api,
    codes_exports_admin_api.api,
    codes_lifecycle_admin_api.api,
    codes_prizes_api.api,
    codes_scans_api.api,
    codes_scans_public_api.api,
    guides_admin_api.api,
    guides_bindings_admin_api.api,
    guides_contact_ways_admin_api.api,
    guides_contacts_api.api,
    guides_staff_admin_api.api,
    guides_staff_api.api,
    guides_transfers_admin_api.api,
    payouts_admin_api.api,
    payouts_api.api,
    campaigns_admin_api.api,
    campaigns_fraud_admin_api.api,
    campaigns_gifts_admin_api.api,
    campaigns_gifts_api.api,
    campaigns_invites_admin_api.api,
    campaigns_packets_api.api,
    campaigns_participants_api.api,
    campaigns_pot_admin_api.api,
    campaigns_public_api.api,
    campaigns_reports_admin_api.api,
    attribution_admin_api.api,
    attribution_orders_api.api,
    segments_admin_api.api,
    pushes_admin_api.api,
    pushes_api.api,
    insights_admin_api.api,
    member_center_api.api,
    member_center_packets_api.api,
    workbench_api.api,
    workbench_commissions_api.api,
    workbench_tags_api.api,
    privacy_api.api,
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
    campaigns_reconcile.bp,
    campaigns_reconcile_plan.bp,
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
    members_erase_due.bp,
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
app.api.binary_types.extend(site.BINARY_TYPES)
site.describe_routes(route for api in ROUTES for route in api.routes.values())

gc.freeze()
gc.enable()
