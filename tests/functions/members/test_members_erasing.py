"""A person leaves: afterwards nothing holds them, nothing in flight brings them back, and the money adds up."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.kernel import clock
from chalicelib.kernel.clock import DAY
from chalicelib.kernel.errors import SiyuError
from chalicelib.members import service
from chalicelib.members.identity import erase as erasures
from chalicelib.privacy import erase
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import pack_item, unpack_item
from chalicelib.runtime.events.queues import queue_url
from tests.world import World, delivery

DOING = ("campaigns-tree", "campaigns-packets", "campaigns-settled", "payouts-send", "attribution-ledger")
AREAS = ("members", "campaigns", "payouts", "attribution", "guides", "segments", "codes")


class Machine:
    """Moves changes of the tables and messages to the functions until nothing is left."""

    def __init__(self, stack: str) -> None:
        self.stack = stack
        self.failures: list[str] = []
        self.iterators = {area: self._latest(area) for area in AREAS}

    def run(self, *queues: str) -> None:
        """Streams and these queues (all that matter here, when none is named), until they are still."""
        names = queues or (*DOING, "members-erase", "guides-roster", "segments-directory", "codes-history")
        idle = 0
        while idle < 2:
            moved = sum(self._stream(area) for area in AREAS) + sum(self._queue(name) for name in names)
            idle = 0 if moved else idle + 1

    def _stream(self, area: str) -> int:
        answer = client("dynamodbstreams").get_records(ShardIterator=self.iterators[area], Limit=100)
        self.iterators[area] = answer["NextShardIterator"]
        records = [
            {
                "eventID": found["eventID"],
                "dynamodb": {**found["dynamodb"], "ApproximateCreationDateTime": clock.now() // 1000},
            }
            for found in answer["Records"]
        ]
        if records:
            function(f"{area}_stream")({"Records": records}, None)
        return len(records)

    def _queue(self, name: str) -> int:
        messages = received(name)
        for message in messages:
            record = {"messageId": "1", "receiptHandle": "1", "body": message["Body"], "eventSource": "aws:sqs"}
            answer = function(name.replace("-", "_"))({"Records": [{**record, "eventSourceARN": "a:b"}]}, None)
            self.failures += [name] if answer["batchItemFailures"] else []
            client("sqs").delete_message(QueueUrl=queue_url(name), ReceiptHandle=message["ReceiptHandle"])
        return len(messages)

    def _latest(self, area: str) -> str:
        arn = client("dynamodb").describe_table(TableName=f"{self.stack}-{area}")["Table"]["LatestStreamArn"]
        streams = client("dynamodbstreams")
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][-1]["ShardId"]
        kind = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "LATEST"}
        return str(streams.get_shard_iterator(**kind)["ShardIterator"])


class Person:
    """Somebody with everything that a person can have here."""

    def __init__(self, world: World, machine: Machine) -> None:
        self.world, self.machine = world, machine
        # In plain letters, as WeCom tells it of a contact: found in any encoding of what is stored.
        self.customer = world.sandbox.customer(name=f"Zhao-{uuid4().hex}")
        self.token = self.log_in()
        self.member_id = self.get("/me").json_body["member_id"]

    def log_in(self, **more: Any) -> dict[str, str]:
        body = {"js_code": self.world.sandbox.js_code(self.customer["openid"]), **more}
        answer = self.world.http.post(
            "/auth/mini-program", headers={"Content-Type": "application/json"}, body=json.dumps(body).encode()
        )
        assert answer.status_code == 200, answer.body
        self.login = answer.json_body
        return {"Authorization": f"Bearer {self.login['token']}", "Content-Type": "application/json"}

    def post(self, path: str, **body: Any) -> Any:
        return self.world.http.post(path, headers=self.token, body=json.dumps(body).encode())

    def get(self, path: str) -> Any:
        return self.world.http.get(path, headers=self.token)

    def leave(self) -> Any:
        return self.world.http.delete("/me", headers=self.token)

    def verify_phone(self) -> None:
        code = self.world.sandbox.control("POST", "phone-codes", {"openid": self.customer["openid"]})["phone_code"]
        assert self.post("/me/phone", phone_code=code).status_code == 200

    def become_contact(self, event: dict[str, Any]) -> None:
        function("guides_contacts")(event, None)

    def contact_event(self, guide: Any) -> dict[str, Any]:
        """WeCom tells that the guide has added this customer."""
        self.world.sandbox.control(
            "POST",
            "add-contact",
            {
                "external_userid": self.customer["external_userid"],
                "userid": guide["userid"],
                "callback": False,
            },
        )
        fields = {
            "Event": "change_external_contact",
            "ChangeType": "add_external_contact",
            "UserID": guide["userid"],
            "ExternalUserID": self.customer["external_userid"],
            "CreateTime": str(clock.now() // 1000),
        }
        return delivery("wecom.callback", fields=fields, digest=f"d-{self.world.number()}")

    def draw(self, campaign_id: str) -> Any:
        assert self.post(f"/campaigns/{campaign_id}/join").status_code == 200
        drawn = self.post(f"/campaigns/{campaign_id}/draw")
        assert drawn.status_code == 200, drawn.body
        return drawn.json_body


def function(name: str) -> Any:
    return getattr(importlib.import_module(f"functions.{name}"), name)


def received(queue: str) -> list[Any]:
    found: list[Any] = []
    while answer := client("sqs").receive_message(QueueUrl=queue_url(queue), MaxNumberOfMessages=10).get("Messages"):
        found += answer
    return found


def everything_stored(stack: str) -> str:
    """Every row of every table and every message of every queue, as text."""
    parts: list[str] = []
    for table in client("dynamodb").list_tables()["TableNames"]:
        if table.startswith(stack):
            for page in client("dynamodb").get_paginator("scan").paginate(TableName=table):
                parts += [repr(row) for row in page["Items"]]
    for url in client("sqs").list_queues().get("QueueUrls", []):
        while answer := client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            parts += [message["Body"] for message in answer]
    return "\n".join(parts)


@pytest.fixture
def world(http: Any, sandbox: Any, admin: dict[str, str]) -> World:
    return World(http, sandbox, admin["Authorization"].removeprefix("Bearer "))


@pytest.fixture
def machine(stack: str) -> Iterator[Machine]:
    machine = Machine(stack)
    yield machine
    assert [name for name in machine.failures if name != "payouts-send"] == []


@pytest.fixture
def person(world: World, machine: Machine) -> Person:
    return Person(world, machine)


def confirm_all(world: World, openid: str) -> None:
    for item in world.sandbox.control("GET", "transfers")["items"]:
        if item["openid"] == openid and item["state"] == "WAIT_USER_CONFIRM":
            world.sandbox.control("POST", f"transfers/{item['out_bill_no']}/confirm", {})


def settle_by_query(days: int = 1) -> None:
    """What the reconciler finds out when a notification got lost."""
    from chalicelib.payouts import sending
    from chalicelib.wechat import connect

    hear = getattr(sending, "reconcile", None)
    if hear is None:
        from chalicelib.payouts import jobs as payout_jobs

        hear = payout_jobs.reconcile
    hear(connect.pay(), clock.now() + days * DAY)


def test_nothing_holds_the_person_any_more_and_the_money_adds_up(
    person: Person, world: World, machine: Machine, stack: str, capsys: Any
) -> None:
    guide = world.guide
    person.verify_phone()
    late_contact = person.contact_event(guide)
    person.become_contact(late_contact)
    person.post("/me/consents", purpose="marketing", granted=True, version="1")
    world.made(f"/admin/members/{person.member_id}/accounts", {"system": "tmall", "account": f"T{world.number()}"})
    campaign_id = world.campaign(10_000, 10, reward_for=["invitee"], tiers=[], max_draws_per_member=1)
    person.draw(campaign_id)
    machine.run()
    confirm_all(world, person.customer["openid"])
    settle_by_query()
    paid_for = world.paid_event(person.member_id)
    world.shop_event(paid_for)()
    machine.run()
    before = everything_stored(stack)
    assert person.customer["openid"] in before
    assert person.customer["unionid"] in before
    capsys.readouterr()

    answer = person.leave()
    machine.run()
    person.become_contact(late_contact)
    machine.run()

    wanted = [person.customer[name] for name in ("name", "phone", "openid", "unionid", "external_userid")]
    stored, logged = everything_stored(stack), "".join(capsys.readouterr())
    assert answer.status_code == 202
    assert [value for value in wanted if value in stored] == []
    assert [value for value in wanted if value in logged] == []
    assert person.get("/me").status_code == person.get("/me/export").status_code == 404
    order = world.ask("GET", f"/admin/orders/{paid_for['order_id']}")
    assert sum(row["amount_fen"] for row in order["postings"]) == 0
    report = world.ask("GET", f"/admin/campaigns/{campaign_id}/report")
    assert report["drawn_fen"] == report["paid_fen"] + report["released_fen"]
    assert report["paid_fen"] > 0


def test_an_event_that_was_in_flight_does_not_bring_the_person_back(person: Person, machine: Machine) -> None:
    asked = clock.now()
    person.leave()

    for kind in ("openid", "unionid"):
        with pytest.raises(SiyuError, match="erased"):
            service.recognise({kind: person.customer[kind]}, channel_id=None, origin="late", now=asked)
        assert service.member_of(kind, person.customer[kind]) is None
    assert person.post("/me/phone", phone_code="x").status_code in (401, 404)
    machine.run()
    assert service.find(person.member_id) is None


def test_who_comes_back_is_somebody_else_and_not_new(person: Person, machine: Machine) -> None:
    person.verify_phone()
    person.leave()
    machine.run()

    person.token = person.log_in()
    first = person.login
    person.verify_phone()

    assert not first["is_new"]
    assert first["member"]["member_id"] != person.member_id
    assert first["member"]["phone_masked"] is None
    profile = service.current(first["member"]["member_id"], strong=True)
    assert person.member_id in service.ids_of(profile)
    assert service.known_since(profile) < profile["created_at"]


def test_a_packet_in_its_waiting_period_is_forfeited_and_one_in_flight_too(
    person: Person, world: World, machine: Machine
) -> None:
    waiting = world.campaign(10_000, 10, waiting_hours=24, tiers=[], reward_for=["invitee"], max_draws_per_member=1)
    at_once = world.campaign(10_000, 10, tiers=[], reward_for=["invitee"], max_draws_per_member=1)
    person.draw(waiting)
    machine.run()
    person.draw(at_once)
    person.leave()
    machine.run()

    for campaign_id in (waiting, at_once):
        report = world.ask("GET", f"/admin/campaigns/{campaign_id}/report")
        assert report["drawn_fen"] == report["released_fen"] > 0
        assert report["paid_fen"] == 0


def test_where_a_gift_goes_is_taken_along_and_forgotten(person: Person, world: World, machine: Machine) -> None:
    from chalicelib.campaigns.gifts import service as gifts
    from chalicelib.campaigns.gifts import tables as gift_tables
    from chalicelib.campaigns.participants import names as participant_names

    tiers = [{"invites": 1, "reward": "gift", "gift": "茶杯"}]
    campaign_id = world.campaign(10_000, 10, tiers=tiers, max_draws_per_member=1)
    assert person.post(f"/campaigns/{campaign_id}/join").status_code == 200
    participant_id = participant_names.participant_id(campaign_id, person.member_id)
    gift_tables.reach(campaign_id, participant_id, 1, {"gift": "茶杯", "at": clock.now()})
    parcel = gifts.Parcel("李四", "13900001111", "成都市")
    gifts.claim(campaign_id, person.member_id, "1", parcel, clock.now())
    (exported,) = person.get("/me/export").json_body["gifts"]

    person.leave()
    machine.run()

    (left,) = gift_tables.of_participant(campaign_id, participant_id)
    assert exported["parcel"]["name"] == "李四"
    assert ("ship" in left, left["st"]) == (False, "revoked")


def test_a_dead_wechat_pay_does_not_stand_in_the_way(
    person: Person, world: World, machine: Machine, stack: str
) -> None:
    campaign_id = world.campaign(10_000, 10, tiers=[], reward_for=["invitee"], max_draws_per_member=1)
    person.draw(campaign_id)
    machine.run("campaigns-packets")
    world.sandbox.control("POST", "faults", {"path": "/v3/", "mode": "http_500", "times": 1000})
    try:
        person.leave()
        machine.run()
    finally:
        world.sandbox.control("DELETE", "faults")

    profile = client("dynamodb").get_item(
        TableName=f"{stack}-members", Key=pack_item({"pk": f"MBR#{person.member_id}", "sk": "PROFILE"})
    )["Item"]
    assert "openid" not in profile
    settle_by_query(days=1)
    confirm_all(world, person.customer["openid"])
    settle_by_query(days=2)
    erase.erase(person.member_id, clock.now())
    assert person.customer["openid"] not in everything_stored(stack)


@contextmanager
def dying_at(call: int) -> Iterator[list[int]]:
    """The process dies at the n-th call of DynamoDB, before it is sent."""
    seen = [0]

    def die(**_: Any) -> None:
        seen[0] += 1
        if seen[0] == call:
            raise SystemExit("the process dies here")

    events = client("dynamodb").meta.events
    events.register("before-call.dynamodb", die)
    try:
        yield seen
    finally:
        events.unregister("before-call.dynamodb", die)


def test_a_crash_at_any_call_is_made_good_by_the_next_try(
    world: World, machine: Machine, stack: str, tell_apart: Callable[[str], list[str]]
) -> None:
    call = 0
    while True:
        call += 2
        person = Person(world, machine)
        person.verify_phone()
        person.post("/me/consents", purpose="marketing", granted=True, version="1")
        with dying_at(call) as seen:
            try:
                erasures.ask(person.member_id, clock.now())
                erase.erase(person.member_id, clock.now())
            except SystemExit:
                pass
        erasures.ask(person.member_id, clock.now())
        erase.erase(person.member_id, clock.now())

        assert tell_apart(person.member_id) == ["PROFILE"]
        assert service.member_of("openid", person.customer["openid"]) is None
        if seen[0] < call:
            break
    print("calls of an erasure:", seen[0])
    assert call > 10


@pytest.fixture
def tell_apart(stack: str) -> Callable[[str], list[str]]:
    """What is left under a member id."""

    def rows(member_id: str) -> list[str]:
        answer = client("dynamodb").query(
            TableName=f"{stack}-members",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=pack_item({":pk": f"MBR#{member_id}"}),
        )
        found = [unpack_item(item) for item in answer["Items"]]
        assert all(not row.get("openid") and not row.get("phone") for row in found)
        return [row["sk"] for row in found]

    return rows


def test_merged_profiles_leave_together(world: World, machine: Machine, tell_apart: Callable[[str], list[str]]) -> None:
    number, now = world.number(), clock.now()
    kinds = {"openid": f"oa-{number}", "unionid": f"ua-{number}", "external_userid": f"xa-{number}"}
    ways: dict[str, Any] = {"channel_id": None, "origin": "mini_program", "now": now}
    alone = service.recognise({"openid": kinds["openid"]}, **ways)
    service.add_to_timeline(alone.member_id, "scan", "v", now)
    contact = service.recognise({name: kinds[name] for name in ("unionid", "external_userid")}, **ways)
    service.recognise({name: kinds[name] for name in ("openid", "unionid")}, **ways)

    erasures.ask(alone.member_id, now + 1)
    machine.run("members-erase")

    assert tell_apart(alone.member_id) == tell_apart(contact.member_id) == ["PROFILE"]
    assert service.find(alone.member_id) is service.find(contact.member_id) is None


def test_the_schedule_looks_again_until_nothing_can_be_in_flight(person: Person, machine: Machine) -> None:
    from chalicelib.members.identity import erasure_tables

    person.leave()
    start = clock.now()
    looks = []
    for day in range(20):
        at = start + day * DAY
        erase.hand_out(at)
        due = [json.loads(message["Body"])["data"]["member_id"] for message in received("members-erase")]
        if person.member_id in due:
            looks.append(day)
            erase.erase(person.member_id, at)

    assert looks == [1, 2, 16]
    assert "due" not in (erasure_tables.find(person.member_id) or {})
    assert person.leave().json_body["state"] == "erased"
