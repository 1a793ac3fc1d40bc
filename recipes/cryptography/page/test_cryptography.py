"""Does cryptography encrypt, sign, derive keys and check certificates?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_a_token_is_encrypted_and_a_changed_one_is_refused(evaluate: Evaluate) -> None:
    def program() -> Any:
        from cryptography.fernet import Fernet, InvalidToken

        fernet = Fernet(Fernet.generate_key())
        token = fernet.encrypt("geheim €".encode())
        try:
            fernet.decrypt(token[:-4] + b"AAA=")
        except InvalidToken:
            return [fernet.decrypt(token).decode(), "refused"]

    assert evaluate(program) == ["geheim €", "refused"]


# RFC 8439, 2.8.2; RFC 7914, 12; FIPS 180-4, example of SHA-512.
def test_published_vectors_are_reproduced(evaluate: Evaluate) -> None:
    def program() -> Any:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

        text = (
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
            b"future, sunscreen would be it."
        )
        sealed = ChaCha20Poly1305(bytes(range(0x80, 0xA0))).encrypt(
            bytes.fromhex("070000004041424344454647"),
            text,
            bytes.fromhex("50515253c0c1c2c3c4c5c6c7"),
        )
        digest = hashes.Hash(hashes.SHA512())
        digest.update(b"abc")
        key = Scrypt(salt=b"NaCl", length=64, n=1024, r=8, p=16).derive(b"password")
        return [sealed[-16:].hex(), digest.finalize()[:8].hex(), key[:8].hex()]

    assert evaluate(program) == [
        "1ae10b594f09e26a7e902ecbd0600691",
        "ddaf35a193617aba",
        "fdbabe1c9d347200",
    ]


def test_keys_sign_and_a_certificate_names_its_owner(evaluate: Evaluate) -> None:
    def program() -> Any:
        import datetime

        from cryptography import x509
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519

        signer = ed25519.Ed25519PrivateKey.generate()
        signature = signer.sign(b"message")
        try:
            signer.public_key().verify(signature, b"another")
        except InvalidSignature:
            refused = True
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Zoë")])
        start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(7)
            .not_valid_before(start)
            .not_valid_after(start + datetime.timedelta(days=30))
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        read = x509.load_pem_x509_certificate(pem)
        read.verify_directly_issued_by(read)
        return [refused, read.subject.rfc4514_string(), read.serial_number]

    assert evaluate(program) == [True, "CN=Zoë", 7]


def test_a_point_of_small_order_is_no_key(evaluate: Evaluate) -> None:
    def program() -> Any:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        # The point (0, 1) is on this curve, and its double is the point at infinity.
        # Later versions of cryptography do not have this curve.
        curve = ec.SECT163K1()  # type: ignore[attr-defined]
        point = b"\x04" + bytes(21) + bytes(20) + b"\x01"
        header = bytes.fromhex("3040301006072a8648ce3d020106052b81040001032c00")
        good = ec.generate_private_key(curve).public_key()
        encoded = good.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        assert serialization.load_der_public_key(header + encoded) == good
        refused = 0
        for load in (
            lambda: ec.EllipticCurvePublicKey.from_encoded_point(curve, point),
            lambda: ec.EllipticCurvePublicNumbers(0, 1, curve).public_key(),
            lambda: serialization.load_der_public_key(header + point),
        ):
            try:
                load()
            except ValueError:
                refused += 1
        return refused

    assert evaluate(program) == 3
