"""The pure rules of telephony: rings, channels, endings, routes, offers, admission."""

from __future__ import annotations

import pytest

from hotline.call.errors import DialFailed
from hotline.call.events import HangupBy
from hotline.call.ports import DialOrder, Direction
from hotline.settings import Account, Admission, Channels, Sip
from hotline.telephony.addresses import Address, host_of, parse_address
from hotline.telephony.admission import AllowList, InviteLimit
from hotline.telephony.channels import ChannelBook, ChannelsInUse, Use, has_room
from hotline.telephony.emergency import emergency_numbers
from hotline.telephony.liblog import masked
from hotline.telephony.offers import read_offer
from hotline.telephony.outcomes import CONGESTED, GIVEN_UP, LOST, Dismissal, Ending, how_it_ended
from hotline.telephony.rings import rings_begun
from hotline.telephony.routes import route

NEAR, FAR, NETWORK = HangupBy.NEAR, HangupBy.FAR, HangupBy.NETWORK


@pytest.mark.parametrize(
    ("seconds", "rings"),
    [
        (None, 0),
        (0.0, 1),
        (1.0, 1),
        (4.99, 1),
        (5.0, 2),
        (9.9, 2),
        (10.0, 3),
        (11.0, 3),
        (29.9, 6),
        (30.0, 7),
    ],
)
def test_ring_n_begins_at_five_times_n_minus_one(seconds: float | None, rings: int) -> None:
    assert rings_begun(seconds, cycle=5.0) == rings


def test_a_shorter_ring_cycle_counts_more_rings() -> None:
    assert rings_begun(12.0, cycle=4.0) == 4


LIMIT = Channels(total=10, reserved_outgoing=3, reserved_emergency=2)


@pytest.mark.parametrize(
    ("use", "taken", "room"),
    [
        (Use.INCOMING, ChannelsInUse(4, 0, 0), True),
        (Use.INCOMING, ChannelsInUse(5, 0, 0), False),
        (Use.INCOMING, ChannelsInUse(5, 3, 0), False),
        (Use.INCOMING, ChannelsInUse(4, 3, 0), True),
        (Use.INCOMING, ChannelsInUse(4, 3, 2), True),
        (Use.INCOMING, ChannelsInUse(5, 3, 2), False),
        (Use.OUTGOING, ChannelsInUse(5, 2, 0), True),
        (Use.OUTGOING, ChannelsInUse(5, 3, 0), False),
        (Use.OUTGOING, ChannelsInUse(5, 2, 2), True),
        (Use.EMERGENCY, ChannelsInUse(5, 4, 0), True),
        (Use.EMERGENCY, ChannelsInUse(5, 3, 2), False),
    ],
)
def test_the_last_channels_are_kept_for_outgoing_and_emergency_calls(
    use: Use, taken: ChannelsInUse, room: bool
) -> None:
    assert has_room(use, taken, LIMIT) is room


def test_a_channel_given_back_can_be_taken_again() -> None:
    book = ChannelBook(Channels(total=1, reserved_outgoing=0, reserved_emergency=0))
    assert book.take("a", Use.INCOMING)
    assert not book.take("b", Use.EMERGENCY)
    book.give_back("a")
    book.give_back("unknown")
    assert book.take("b", Use.EMERGENCY)
    assert book.taken == ChannelsInUse(0, 0, 1)


RESET = "Connection reset by peer [104]"
IN, OUT = Direction.INBOUND, Direction.OUTBOUND


@pytest.mark.parametrize(
    ("direction", "answered", "near", "reason", "ending"),
    [
        (IN, True, None, RESET, Ending("ANSWERED", FAR, "normal")),
        (IN, False, None, RESET, Ending("CANCELLED", FAR, "cancelled")),
        (IN, True, Dismissal("menu"), "", Ending("ANSWERED", NEAR, "menu")),
        (IN, False, CONGESTED, "", Ending("CONGESTION", NEAR, "congestion", 486)),
        (IN, True, None, "rtp stream error", Ending("ANSWERED", NETWORK, "rtp-timeout")),
        (IN, True, None, "Connection timed out [110]", Ending("ANSWERED", NETWORK, "network")),
        (IN, True, None, LOST, Ending("LOST", NETWORK, "lost")),
        (OUT, False, None, "486 Busy Here", Ending("BUSY", FAR, "busy", 486)),
        (OUT, False, None, "600 Busy Everywhere", Ending("BUSY", FAR, "busy", 600)),
        (OUT, False, None, "603 Decline", Ending("DECLINED", FAR, "declined", 603)),
        (OUT, False, None, "403 Forbidden", Ending("DECLINED", FAR, "declined", 403)),
        (OUT, False, None, "480 Temporarily Unavailable", Ending("NO ANSWER", FAR, "no-answer", 480)),
        (OUT, False, None, "408 Request Timeout", Ending("NO ANSWER", FAR, "no-answer", 408)),
        (OUT, False, None, "404 Not Found", Ending("FAILED", FAR, "failed", 404)),
        (OUT, False, None, "Connection refused [111]", Ending("FAILED", NETWORK, "network")),
        (OUT, False, GIVEN_UP, "487 Request Terminated", Ending("CANCELLED", NEAR, "cancelled", 487)),
        (OUT, True, None, RESET, Ending("ANSWERED", FAR, "normal")),
    ],
)
def test_how_a_leg_ended(
    direction: Direction, answered: bool, near: Dismissal | None, reason: str, ending: Ending
) -> None:
    assert how_it_ended(direction, answered=answered, near=near, reason=reason) == ending


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("<sip:13800001111@10.0.0.1:5060>;tag=x", Address("13800001111", "10.0.0.1:5060")),
        ('"王 \\"小\\" 明" <sip:8001@pbx;transport=tcp>', Address("8001", "pbx", '王 "小" 明')),
        ("Front Desk <sips:0@pbx>", Address("0", "pbx", "Front Desk")),
        ("sip:a%23b:secret@pbx;user=phone", Address("a#b", "pbx")),
        ("sip:10.0.0.1", Address("", "10.0.0.1")),
        ("<tel:+8613800001111>", Address("+8613800001111", "")),
        ("<sip:1@a>, <sip:2@b>", Address("1", "a")),
    ],
)
def test_addresses_are_read_from_headers(value: str, address: Address) -> None:
    assert parse_address(value) == address


@pytest.mark.parametrize("value", ["", "nobody", "<mailto:a@b>", "<>"])
def test_what_is_no_sip_address_is_none(value: str) -> None:
    assert parse_address(value) is None


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        ("pbx.example", "pbx.example"),
        ("10.0.0.1:5080", "10.0.0.1"),
        ("[fd00::2]:5060", "fd00::2"),
        ("fd00::2", "fd00::2"),
        ("sip:8001@pbx:5061;transport=tls", "pbx"),
    ],
)
def test_the_host_of_an_authority(authority: str, host: str) -> None:
    assert host_of(authority) == host


HEADERS = {
    "from": '"Anna" <sip:13800001111@10.0.0.1>;tag=a',
    "to": "<sip:95001@hotline>",
    "p-asserted-identity": "<sip:13912345678@trunk>",
    "x-room": "602",
    "authorization": "Digest secret",
}


def test_an_asserted_identity_goes_before_from_when_the_source_is_trusted() -> None:
    offer = read_offer(HEADERS, uri="sip:95002@hotline", own_user="hotline", trusted=True)
    assert (offer.caller, offer.caller_name, offer.dialled) == ("13912345678", "Anna", "95002")


def test_a_strangers_asserted_identity_is_ignored_and_only_harmless_headers_are_kept() -> None:
    offer = read_offer(HEADERS, uri="sip:hotline@10.0.0.9", own_user="hotline", trusted=False)
    assert (offer.caller, offer.dialled) == ("13800001111", "95001")
    assert dict(offer.headers) == {
        "To": "<sip:95001@hotline>",
        "P-Asserted-Identity": "<sip:13912345678@trunk>",
        "X-Room": "602",
    }


def test_an_offer_without_usable_headers_is_still_an_offer() -> None:
    offer = read_offer({}, uri="", own_user="hotline", trusted=False)
    assert (offer.caller, offer.dialled) == ("", "hotline")


TRUNK = Account(name="trunk", user="05395550001", domain="trunk.example")
WAKE_UP = Account(name="wake", user="05395550002", domain="trunk.example:5080", transport="tcp")
INCOMING_ONLY = Account(name="in", user="1", domain="in.example", outgoing=False)


def an_order(to: str, **more: str) -> DialOrder:
    return DialOrder(to=to, linkedid="", purpose="manager", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("order", "account", "uri"),
    [
        (an_order("138 0000-1111"), TRUNK, "sip:13800001111@trunk.example"),
        (an_order("#21"), TRUNK, "sip:%2321@trunk.example"),
        (an_order("110", caller_id="05395550002"), WAKE_UP, "sip:110@trunk.example:5080;transport=tcp"),
        (an_order("110", account="in"), INCOMING_ONLY, "sip:110@in.example"),
        (an_order("sip:8001@10.0.0.7"), None, "sip:8001@10.0.0.7"),
        (an_order("sip:8001@10.0.0.7", account="trunk"), TRUNK, "sip:8001@10.0.0.7"),
    ],
)
def test_an_order_goes_out_by_the_right_account(order: DialOrder, account: Account | None, uri: str) -> None:
    way = route(order, (INCOMING_ONLY, TRUNK, WAKE_UP), own_host="h")
    assert (way.account, way.uri) == (account, uri)


@pytest.mark.parametrize(
    ("to", "named", "message"),
    [
        ("110", "nowhere", 'no account "nowhere"'),
        ("11;0", "", "cannot be dialled"),
        ("1\r\nX: y", "", "cannot be dialled"),
        ("sip:a b@c", "", "not a SIP address"),
        ("sip:a@b\r\nX: y", "", "not a SIP address"),
    ],
)
def test_an_order_that_cannot_be_dialled_says_why(to: str, named: str, message: str) -> None:
    with pytest.raises(DialFailed, match=message):
        route(an_order(to, account=named), (TRUNK,), own_host="h")


def test_another_number_is_asserted_and_header_injection_is_impossible() -> None:
    order = an_order("110", caller_id="95001\r\nEvil: 1", caller_name='A"\r\nB')
    (header,) = route(order, (TRUNK,), own_host="h").headers.items()
    assert header == ("P-Asserted-Identity", '"AB" <sip:95001Evil1@trunk.example>')


def test_our_own_number_needs_no_assertion() -> None:
    assert route(an_order("110", caller_id=TRUNK.user), (TRUNK,), own_host="h").headers == {}


@pytest.mark.parametrize(
    ("uri", "transport"), [("sip:a@b", "udp"), ("sip:a@b;transport=TCP", "tcp"), ("sips:a@b", "tls")]
)
def test_a_uri_names_its_transport(uri: str, transport: str) -> None:
    assert route(an_order(uri), (), own_host="h").transport == transport


def test_emergency_numbers_are_compared_normalised() -> None:
    is_emergency = emergency_numbers(Sip(emergency_numbers=("0539-5550119", "lift2"), area_code="0539"))
    assert is_emergency("+865395550119")
    assert is_emergency("5550119")
    assert is_emergency("LIFT2")
    assert not is_emergency("13800001111")
    assert not is_emergency("")


def test_a_source_has_its_burst_and_then_its_rate() -> None:
    limit = InviteLimit(Admission(invites_per_minute=60, burst=2))
    assert [limit.take("a", 0.0) for _ in range(3)] == [True, True, False]
    assert limit.take("b", 0.0)
    assert limit.take("a", 1.0)
    assert not limit.take("a", 1.5)
    assert limit.seconds_to_recover("a", 1.5) == pytest.approx(0.5)


def test_sources_that_have_been_quiet_are_forgotten() -> None:
    limit = InviteLimit(Admission(invites_per_minute=60, burst=1))
    limit.take("a", 0.0)
    limit.forget_idle(1000.0)
    assert limit.take("a", 1000.0)


def test_the_allow_list_takes_networks_and_single_hosts() -> None:
    allowed = AllowList(["10.0.0.0/8", "fd00::/8"])
    assert allowed.allows("10.1.2.3")
    assert allowed.allows("fd00::2")
    assert not allowed.allows("192.0.2.1")
    assert not allowed.allows("no address")
    assert allowed.permit(["192.0.2.1"])
    assert allowed.allows("192.0.2.1")
    assert not allowed.permit(["10.9.9.9"])


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("call to sip:13800001111@10.0.0.1 failed", "call to sip:*@10.0.0.1 failed"),
        ("caller 13800001111 is gone", "caller * is gone"),
        ("ua: <tel:13800001111> unknown", "ua: <tel:*> unknown"),
        ("hotline@10.0.0.1: timer", "*@10.0.0.1: timer"),
        ("received DTMF: '5'", "(a line about keys, left out)"),
        ("Signal=5", "(a line about keys, left out)"),
        ("no laddr (Invalid argument [22])", "no laddr (Invalid argument [22])"),
    ],
)
def test_library_lines_are_masked(line: str, shown: str) -> None:
    assert masked(line) == shown
