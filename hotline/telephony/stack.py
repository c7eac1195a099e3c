"""Settings in the SIP library's own terms: its configuration and its accounts (DESIGN section 4)."""

from __future__ import annotations

import ssl
from typing import Literal

import baresip

from hotline import settings
from hotline.telephony.listen import Listening, password_of
from hotline.telephony.offers import TEST_HEADER

_CODECS = {"pcma": "pcma", "pcmu": "pcmu", "g722": "g722/16000/1", "opus": "opus/48000/2"}
"""A bare name would mean 8 kHz, so the wide ones carry rate and channels."""

_SRTP = {"off": (), "offered": ("mediaenc=srtp",), "required": ("mediaenc=srtp-mand",)}

Transport = Literal["udp", "tcp", "tls"]

_MOST_CALLS = 255
"""The library numbers its lines with one byte."""

EXPOSED_HEADERS = (
    "From",
    "To",
    "P-Asserted-Identity",
    "Remote-Party-ID",
    "Diversion",
    "History-Info",
    "Via",
    "X-Room",
    "X-Estate",
    "X-Caller-Id",
    TEST_HEADER,  # a call to ourselves has one Call-ID twice: its own INVITE is not found by it
)


def library_config(sip: settings.Sip, listening: Listening) -> baresip.Config:
    """Render the stack-wide settings.

    The library's own call limit lies above ours: what it refuses by itself leaves no trace, so
    ours has to be met first.
    """
    lines = [
        f"sip_listen {listening.sip}",
        f"sip_transports {','.join(transports(sip))}",
        f"rtp_ports {listening.rtp_from}-{listening.rtp_to}",
        # None: whoever hears a leg evens out its sound (media/reserve.py), by no more than is needed. A
        # fixed buffer of 20 ms drops what comes later, 6 % of the packets of a line that jitters by up to
        # 40 ms, and does not put packets that overtook each other back in order either; the default
        # adaptive one adds 119-125 ms one way.
        "audio_jitter_buffer_type off",
        # Answering one caller must not put the others on hold.
        "call_hold_other_calls no",
    ]
    if listening.host == "0.0.0.0":  # noqa: S104 - compared, not bound
        # Taken literally: the library would listen on the IPv6 addresses as well.
        lines.append("net_af ipv4")
    if sip.tls_certificate is not None:
        lines.append(f"sip_certificate {sip.tls_certificate}")
    authorities = ssl.get_default_verify_paths()
    if authorities.cafile:
        lines.append(f"sip_cafile {authorities.cafile}")
    return baresip.Config(
        net_interface=listening.pinned,
        max_concurrent_calls=min(_MOST_CALLS, sip.channels.total + 64),
        rtp_timeout=sip.rtp_timeout,
        expose_headers=EXPOSED_HEADERS,
        native_log_level="warning",
        sip_trace=True,
        extra_config_text="\n".join(lines),
    )


def transports(sip: settings.Sip) -> tuple[Transport, ...]:
    """Return the transports in use: TLS only with a certificate of ours or an account that wants it."""
    encrypted = sip.tls_certificate is not None or any(a.transport == "tls" for a in sip.accounts)
    return ("udp", "tcp", "tls") if encrypted else ("udp", "tcp")


def direct_account(sip: settings.Sip, listening: Listening, transport: Transport) -> str:
    """Return an account that is always there: it registers nowhere and takes every user part.

    There is one for each transport, because the library gives an INVITE only to an account of the
    transport it came by (else 404).
    """
    account = baresip.Account(
        user="hotline",
        domain=listening.sip,
        password="",
        reg_interval=0,
        transport=transport,
        audio_codecs=_codecs(sip),
        dtmf_mode="auto",
        extra_params=("video_codecs=", "catchall=yes", "100rel=yes", *_direct_srtp(sip)),
    )
    return str(account.aor())


def _direct_srtp(sip: settings.Sip) -> tuple[str, ...]:
    # Direct callers choose: SRTP is taken when they offer it, which "mediaenc=srtp" allows; it is
    # left out of the account when no TLS is configured, since keys in clear text protect nothing.
    return ("mediaenc=srtp",) if sip.tls_certificate is not None else ()


def trunk_account(account: settings.Account, sip: settings.Sip) -> str:
    """Return a configured account as the library's address-of-record line. Holds the password."""
    line = baresip.Account(
        user=account.user,
        domain=account.domain,
        password=password_of(account.password, account.password_file),
        registrar=account.proxy,
        reg_interval=account.register_every,
        transport=account.transport,
        audio_codecs=_codecs(sip),
        dtmf_mode="auto",
        auth_user=account.auth_user,
        extra_params=("video_codecs=", "100rel=yes", *_SRTP[account.srtp]),
    ).aor()
    return f'"{account.display_name}" {line}' if account.display_name else str(line)


def _codecs(sip: settings.Sip) -> tuple[str, ...]:
    return tuple(_CODECS[name] for name in sip.codecs)
