"""How people are told apart."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import SiyuError
from chalicelib.members import events
from chalicelib.members.consents import rules as consents_rules
from chalicelib.members.identity import rules as identity_rules
from chalicelib.runtime.events.functions import Change


def test_the_unionid_comes_before_the_openid() -> None:
    found = identity_rules.by_strength({"phone": "1", "openid": "o", "unionid": "u"})

    assert [kind for kind, _ in found] == ["unionid", "openid", "phone"]


@pytest.mark.parametrize("identities", [{}, {"openid": ""}, {"passport": "x"}])
def test_nobody_is_recognised_by_nothing(identities: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="identit"):
        identity_rules.by_strength(identities)


@pytest.mark.parametrize(
    ("said", "purpose", "may"),
    [
        ([None], "service", True),
        ([None], "marketing", False),
        ([True], "marketing", True),
        ([True, False], "marketing", False),
        ([True, None], "marketing", True),
        ([False], "service", False),
    ],
)
def test_the_stricter_consent_wins(said: list[bool | None], purpose: str, may: bool) -> None:
    assert consents_rules.may_send(said, purpose) is may


@pytest.mark.parametrize("purpose", ["", "Marketing", "a b", "x" * 33, "买"])
def test_a_purpose_is_a_plain_word(purpose: str) -> None:
    with pytest.raises(SiyuError, match="purpose"):
        consents_rules.checked_purpose(purpose)


def test_whoever_is_identified_is_not_merged_by_itself() -> None:
    assert identity_rules.may_merge_into_another({"openid": "o"})
    assert not identity_rules.may_merge_into_another({"unionid": "u"})
    assert not identity_rules.may_merge_into_another({"phone_verified_at": 1})
    assert not identity_rules.may_merge_into_another({"openid": "o", "aliases": {"mbr_1"}})


PROFILE = {"pk": "MBR#mbr_1", "sk": "PROFILE", "channel_id": "chn_1", "origin": "scan", "created_at": 5}


def test_a_birth_is_told_as_joined_and_a_later_change_as_changed() -> None:
    born = list(events.events_of(Change("e1", {}, PROFILE, "1", 9)))
    changed = list(events.events_of(Change("e2", PROFILE, {**PROFILE, "phone_masked": "1"}, "2", 9)))
    other = list(events.events_of(Change("e3", {}, {"pk": "MBR#mbr_1", "sk": "T#1"}, "3", 9)))

    assert [(event.type, event.at, event.data["channel_id"]) for event in born] == [("member.joined", 5, "chn_1")]
    assert [(event.type, event.data) for event in changed] == [("member.changed", {"member_id": "mbr_1"})]
    assert other == []


_words = st.dictionaries(
    st.sampled_from(["marketing", "service"]),
    st.fixed_dictionaries({"granted": st.booleans(), "at": st.integers(0, 9)}),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    own=_words,
    others=st.lists(st.tuples(_words, st.integers(0, 9)), max_size=3),
    purpose=st.sampled_from(["marketing", "service"]),
)
def test_a_refusal_before_the_merge_outlives_it_until_the_person_speaks(
    own: Any, others: list[tuple[Any, int]], purpose: str
) -> None:
    rows = [{"consents": own}, *({"consents": words, "merged_at": at} for words, at in others)]
    merged_at = max((at for _, at in others), default=0)

    said = consents_rules.stricter(rows).get(purpose)

    words = [row["consents"][purpose] for row in rows if purpose in row["consents"]]
    if purpose in own and own[purpose]["at"] > merged_at:
        assert said == own[purpose]
    else:
        assert (said is None) == (not words)
        assert said is None or said["granted"] == all(word["granted"] for word in words)


@pytest.mark.parametrize(
    "origin", ["scan", "badge", "invite", "mini_program", "wecom_contact", "wecom_group", "import"]
)
@pytest.mark.parametrize("channel_id", ["chn_1", None])
def test_every_member_has_a_channel_that_insights_count(origin: str, channel_id: str | None) -> None:
    from chalicelib.insights import rules as insights

    row = {**PROFILE, "origin": origin, "channel_id": identity_rules.channel_of(channel_id, origin)}

    (joined,) = events.events_of(Change("e1", {}, row, "1", 9))
    gain = insights.gain_of(joined)

    assert gain is not None
    assert gain.name == (channel_id or origin) != insights.NOWHERE
    assert gain.adds["members"] == 1


def test_who_comes_back_after_an_erasure_has_not_joined() -> None:
    told = list(events.events_of(Change("e1", {}, {**PROFILE, "former": {"mbr_0"}}, "1", 9)))

    assert [event.type for event in told] == ["member.changed"]
