"""A stranger logs in; a member is bound by a badge; a customer adds a guide in WeCom."""

from __future__ import annotations

from tests.faults.scenario import Scenario, miscounted, numbers, unequal
from tests.world import Run

FOLLOWERS = ("guides-roster", "segments-directory", "insights-fold")


class Login(Scenario):
    """A stranger scans and logs in with the scan id and a guide's badge. Each try has a js_code of its own."""

    name = "login"
    areas = ("members", "guides")
    queues = FOLLOWERS

    def prepare(self) -> None:
        self.customer = self.world.sandbox.customer()
        code = next(self.world.codes(1))
        self.scan_id = self.world.ask("GET", f"/c/{code}", headers={"Accept": "application/json"})["scan_id"]
        self.badge = self.world.guide["badge"]
        self.before = numbers(self.world)

    def play(self) -> None:
        self.told = self.attempt(self._log_in())
        self.settle()

    def _log_in(self) -> Run:
        def ask() -> object:
            # What wx.login does on the phone: a new code for each try, and not one of siyu's calls.
            js_code = self.world.sandbox.js_code(self.customer["openid"])
            body = {"js_code": js_code, "scan_id": self.scan_id, "badge": self.badge}
            return self.world.ask("POST", "/auth/mini-program", body, {"Content-Type": "application/json"})

        return ask

    def check(self) -> list[str]:
        from chalicelib.attribution import tables as attribution_tables
        from chalicelib.guides.bindings import service as bindings
        from chalicelib.kernel import clock
        from chalicelib.members import service
        from chalicelib.segments import tables as segments

        member_id = self.told["member"]["member_id"]
        owners = {service.member_of(kind, self.customer[kind]) for kind in ("openid", "unionid")}
        bound = [binding.guide_id for binding in bindings.history(member_id)]
        kinds = sorted(row["kind"] for row in attribution_tables.touches_until(member_id, clock.now()))
        wanted = {"members": 1, "conversions": 1, "bindings": 1}
        return [
            *unequal("one member behind all identities", owners, {member_id}),
            *unequal("the channel", self.told["member"]["channel_id"], self.world.channel_id),
            *unequal("bindings", bound, [self.world.guide["guide_id"]]),
            *unequal("touches", kinds, ["badge", "scan"]),
            *unequal("the directory's guide", segments.get_entry(member_id).get("g"), self.world.guide["guide_id"]),
            *miscounted(self.world, self.before, wanted),
        ]


class Binding(Scenario):
    """A member shows a guide's badge."""

    name = "bind by badge"
    areas = ("members", "guides")
    queues = FOLLOWERS

    def prepare(self) -> None:
        self.member_id, self.member = self.world.member()
        self.guide = self.world.guide
        self.settle()
        self.before = numbers(self.world)

    def play(self) -> None:
        self.attempt(self.world.request("POST", "/me/guide", {"badge": self.guide["badge"]}, self.member))
        self.settle()

    def check(self) -> list[str]:
        from chalicelib.guides.bindings import service as bindings
        from chalicelib.guides.rosters import tables as rosters_tables
        from chalicelib.segments import tables as segments

        bound = [binding.guide_id for binding in bindings.history(self.member_id)]
        roster = rosters_tables.roster_row(self.guide["guide_id"], self.member_id)
        return [
            *unequal("bindings", bound, [self.guide["guide_id"]]),
            *unequal("the guide's list", roster is not None and roster.get("bound"), True),
            *unequal("the directory's guide", segments.get_entry(self.member_id).get("g"), self.guide["guide_id"]),
            *miscounted(self.world, self.before, {"bindings": 1}),
        ]


class ContactAdded(Scenario):
    """A member adds the guide in WeCom by the guide's own QR code."""

    name = "bind by WeCom contact"
    areas = ("members", "guides")
    queues = ("guides-contacts", *FOLLOWERS)

    def prepare(self) -> None:
        self.customer = self.world.sandbox.customer()
        self.member_id, _ = self.world.member(self.customer)
        self.guide = self.world.guide
        self.settle()
        self.before = numbers(self.world)
        self.catcher.take()

    def play(self) -> None:
        facts = {"external_userid": self.customer["external_userid"], "userid": self.guide["userid"]}
        self.world.sandbox.control("POST", "add-contact", facts)
        self.hand_over_callbacks()

    def check(self) -> list[str]:
        from chalicelib.guides.bindings import service as bindings
        from chalicelib.members import service

        bound = [binding.guide_id for binding in bindings.history(self.member_id)]
        owner = service.member_of("external_userid", self.customer["external_userid"])
        return [
            *unequal("bindings", bound, [self.guide["guide_id"]]),
            *unequal("whose external_userid", owner, self.member_id),
            *self.check_welcome(),
            *miscounted(self.world, self.before, {"bindings": 1}),
        ]

    def check_welcome(self) -> list[str]:
        """At most one welcome message; a process that dies right before it sends may cost the message."""
        external = self.customer["external_userid"]
        sent = [one for one in self.world.sandbox.control("GET", "messages")["items"] if self._is_mine(one, external)]
        may_be_none = self.injector.mode not in (None, "resent")
        return [] if len(sent) == 1 or (may_be_none and not sent) else [f"welcome messages: {len(sent)}"]

    def _is_mine(self, message: dict[str, object], external_userid: str) -> bool:
        return message.get("external_userid") == external_userid


class Merge(Scenario):
    """A contact whom WeCom knew without a unionid logs in later; then WeCom tells the unionid: one person."""

    name = "merge"
    areas = ("members",)
    queues = ("segments-directory", "insights-fold")

    def prepare(self) -> None:
        customer = self.world.sandbox.customer()
        self.known = {"openid": customer["openid"], "unionid": customer["unionid"]}
        self.contact = {"external_userid": customer["external_userid"]}

    def play(self) -> None:
        self.recognise(self.contact)
        self.recognise(self.known)
        self.settle()
        self.recognise({**self.contact, "unionid": self.known["unionid"]})
        self.settle()

    def recognise(self, identities: dict[str, str]) -> None:
        """As a login or a contact's callback does."""
        from chalicelib.kernel import clock
        from chalicelib.members import service

        self.attempt(lambda: service.recognise(identities, channel_id=None, origin="wecom_contact", now=clock.now()))

    def check(self) -> list[str]:
        from chalicelib.members import service
        from chalicelib.segments import tables as segments

        owners = {service.member_of(kind, value) for kind, value in {**self.known, **self.contact}.items()}
        survivor = owners.pop() or ""
        profile = service.current(survivor)
        aliases = sorted(profile.get("aliases") or ())
        # An entry without facts is one that left: whoever walks the directory passes over it.
        listed = ["j" in segments.get_entry(one) for one in (survivor, *aliases)]
        return [
            *unequal("other members behind the identities", owners, set()),
            *unequal("aliases", len(aliases), 1),
            *unequal("the alias leads to", [service.current(one)["pk"] for one in aliases], [profile["pk"]]),
            *unequal("in the directory", listed, [True, False]),
        ]
