"""The console's own certificate: a small authority that people trust once, and what it signs anew each year.

Telephones take an authority, not a lone certificate; and what is trusted must not have to be trusted again
when the certificate is renewed (browsers refuse more than 398 days). The authority is limited to this
machine's names and to private networks (RFC 5280 section 4.2.1.10): stolen, it cannot vouch for a bank.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hotline.call.errors import EnvironmentFault

LASTS = timedelta(days=397)
AUTHORITY_LASTS = timedelta(days=3650)
RENEWED_BEFORE = timedelta(days=30)
EARLIER = timedelta(hours=1)
"""Valid from a little before: clocks of telephones are behind."""
_DOMAINS = ("local", "lan", "internal", "home.arpa", "localhost")
_NETWORKS = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
    "::1/128", "fc00::/7",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Own:
    """The console's own certificate as it lies on disk."""

    chain: Path
    """PEM: certificate, authority and key in one file, for its owner only."""
    authority: bytes
    """PEM of the authority's certificate: what people trust."""
    fingerprint: str
    """SHA-256 of the authority, as browsers show it."""
    until: datetime


@dataclass(frozen=True, slots=True)
class _Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def own(folder: Path, names: Sequence[str], *, now: datetime) -> Own:
    """Return the certificate for ``names``, made or renewed where that is due.

    Raises :class:`~hotline.call.errors.EnvironmentFault` when ``folder`` cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        authority = _authority(folder / "authority.pem", names, now)
        chain = folder / "site.pem"
        site = _read(chain)
        if site is None or not _serves(site.certificate, authority.certificate, names, now):
            site = _sign(authority, names, now)
            _write(chain, site, authority.certificate)
    except OSError as error:
        raise EnvironmentFault(
            f"The console's certificate cannot be kept in {folder} ({error.strerror}): mend its permissions, "
            "or name your own under web.certificate.",
            code="certificate-not-kept",
        ) from error
    pem = authority.certificate.public_bytes(serialization.Encoding.PEM)
    return Own(chain, pem, fingerprint(authority.certificate), site.certificate.not_valid_after_utc)


def kept(folder: Path) -> bytes | None:
    """Return the authority's certificate (PEM) without making one; ``None``: there is none."""
    found = _read(folder / "authority.pem")
    return None if found is None else found.certificate.public_bytes(serialization.Encoding.PEM)


def fingerprint(certificate: x509.Certificate | bytes) -> str:
    """Return a certificate's SHA-256 as people compare it: pairs of digits with colons."""
    found = x509.load_pem_x509_certificate(certificate) if isinstance(certificate, bytes) else certificate
    return found.fingerprint(hashes.SHA256()).hex(":").upper()


# --- the authority ----------------------------------------------------------------------------------


def _authority(path: Path, names: Sequence[str], now: datetime) -> _Pair:
    there = _read(path)
    if there is not None and there.certificate.not_valid_after_utc > now + LASTS:
        permitted = there.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        if all(_permits(permitted.permitted_subtrees or (), name) for name in names):
            return there
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(f"Hotline {socket.gethostname()[:40]} {now:%Y-%m-%d}")
    certificate = (
        _builder(subject, subject, key, now, AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(_permitted(names), None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = _Pair(certificate, key)
    _write(path, made)
    return made


def _permitted(names: Iterable[str]) -> list[x509.GeneralName]:
    domains, networks = dict.fromkeys(_DOMAINS), dict.fromkeys(map(ipaddress.ip_network, _NETWORKS))
    for name in names:
        found = _ip(name)
        if found is None:
            domains[name] = None
        elif not any(found in network for network in networks):
            networks[ipaddress.ip_network(found)] = None
    return [*map(x509.DNSName, domains), *map(x509.IPAddress, networks)]


def _permits(permitted: Iterable[x509.GeneralName], name: str) -> bool:
    address = _ip(name)
    for one in permitted:
        if isinstance(one, x509.IPAddress) and address is not None and address in one.value:  # type: ignore[operator]
            return True
        if isinstance(one, x509.DNSName) and address is None and f".{name}".endswith(f".{one.value}"):
            return True
    return False


# --- what it signs ----------------------------------------------------------------------------------


def _serves(site: x509.Certificate, authority: x509.Certificate, names: Sequence[str], now: datetime) -> bool:
    if site.issuer != authority.subject or site.not_valid_after_utc < now + RENEWED_BEFORE:
        return False
    try:
        site.verify_directly_issued_by(authority)
    except Exception:
        return False
    there = site.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(_alternatives(names)) <= set(there)


def _sign(authority: _Pair, names: Sequence[str], now: datetime) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    certificate = (
        _builder(_name("Hotline"), issuer.subject, key, now, LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
        )
        .sign(authority.key, hashes.SHA256())
    )
    return _Pair(certificate, key)


def _alternatives(names: Iterable[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        address = _ip(name)
        found.append(x509.DNSName(name) if address is None else x509.IPAddress(address))
    return found


# --- parts ------------------------------------------------------------------------------------------


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now - EARLIER + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, key_cert_sign=signs_certificates,
        crl_sign=signs_certificates, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _ip(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _read(path: Path) -> _Pair | None:
    """Return certificate and key of a file; ``None``: it is not there, or spoilt and made anew."""
    try:
        content = path.read_bytes()
        key = serialization.load_pem_private_key(content, None)
        certificate = x509.load_pem_x509_certificate(content)
    except (OSError, ValueError, TypeError):
        return None
    return _Pair(certificate, key) if isinstance(key, ec.EllipticCurvePrivateKey) else None


def _write(path: Path, pair: _Pair, *above: x509.Certificate) -> None:
    """Write certificates and key as one file that is whole or not there, for its owner only."""
    pem = serialization.Encoding.PEM
    content = b"".join(one.public_bytes(pem) for one in (pair.certificate, *above))
    content += pair.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    unfinished.replace(path)
