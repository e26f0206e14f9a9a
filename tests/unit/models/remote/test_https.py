"""Encoders behind https: certificates are checked, and time limits hold."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import ModelUnavailable
from engine.models.loading import make_encoder
from engine.models.runtimes.execution import execution
from tests.support.stubs.model_server import DIMENSION, ModelServer, Reply, model_server

pytest.importorskip("cryptography")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of a key and a certificate for 127.0.0.1 that nobody has signed but itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "both.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[ModelServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with model_server(context) as running:
        yield running


def test_an_unknown_certificate_is_refused(secure: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_MODEL_KEY", "k-123")
    with pytest.raises(ModelUnavailable, match="not trusted"):
        make_encoder(f"openai+{secure.url}/v1#m", execution())
    assert secure.asked == []


def test_a_known_certificate_is_taken(
    secure: ModelServer, certificate: Path, monkeypatch: pytest.MonkeyPatch, setting: Callable[..., None]
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    setting(remote_seconds=1.0)
    encoder = make_encoder(f"openai+{secure.url}/v1#m", execution())
    assert encoder.encode(["a"]).shape == (1, DIMENSION)
    secure.will(Reply(drip=True))
    with pytest.raises(ModelUnavailable, match="within 1 s"):
        encoder.encode(["a"])
    assert encoder.encode(["a"]).shape == (1, DIMENSION)
