"""Do ssl and OpenSSL's part of hashlib do what a program takes for granted? Run with bin/python."""

import _hashlib
import hashlib
import hmac
import pathlib
import ssl
import unittest

#: Key and self-signed certificate of "localhost", valid until 2120.
LOCALHOST = pathlib.Path(__file__).with_name("localhost.pem")


class Hashes(unittest.TestCase):
    def test_a_digest_that_only_openssl_has(self) -> None:
        self.assertEqual(
            hashlib.new("sha512_256", b"abc").hexdigest(),
            "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
        )

    def test_openssl_comes_before_the_built_in_digests(self) -> None:
        self.assertIs(type(hashlib.sha256()), _hashlib.HASH)
        self.assertEqual(
            hashlib.sha256(b"abc").hexdigest(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        )
        for name in hashlib.algorithms_available:
            with self.subTest(name):
                self.assertEqual(hashlib.new(name).name, name)

    def test_hmac(self) -> None:  # RFC 4231, test case 2
        self.assertEqual(
            hmac.digest(b"Jefe", b"what do ya want for nothing?", "sha256").hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        )

    def test_pbkdf2(self) -> None:  # RFC 7914, section 11
        self.assertEqual(
            hashlib.pbkdf2_hmac("sha256", b"passwd", b"salt", 1, 64).hex(),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
            "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
        )

    def test_scrypt(self) -> None:  # RFC 7914, section 12
        self.assertEqual(
            hashlib.scrypt(b"password", salt=b"NaCl", n=1024, r=8, p=16, dklen=64).hex(),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
            "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
        )


class Context(unittest.TestCase):
    def test_version(self) -> None:
        self.assertRegex(ssl.OPENSSL_VERSION, r"^OpenSSL 3\.5\.\d+ ")
        self.assertEqual(ssl.OPENSSL_VERSION_INFO[:2], (3, 5))
        self.assertTrue(ssl.HAS_TLSv1_3)

    def test_the_default_context_verifies(self) -> None:
        context = ssl.create_default_context()
        self.assertEqual(context.verify_mode, ssl.CERT_REQUIRED)
        self.assertTrue(context.check_hostname)
        self.assertIn("TLS_AES_256_GCM_SHA384", [c["name"] for c in context.get_ciphers()])

    def test_certificates_are_looked_for_in_the_prefix(self) -> None:
        paths = ssl.get_default_verify_paths()
        prefix = pathlib.Path(ssl.__file__).parents[2]
        self.assertEqual(pathlib.Path(paths.openssl_cafile), prefix / "ssl" / "cert.pem")
        self.assertEqual(pathlib.Path(paths.openssl_capath), prefix / "ssl" / "certs")

    def test_random_bytes(self) -> None:
        self.assertTrue(ssl.RAND_status())
        self.assertNotEqual(ssl.RAND_bytes(16), ssl.RAND_bytes(16))

    def test_a_certificate_is_decoded(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(LOCALHOST)
        (certificate,) = context.get_ca_certs()
        self.assertEqual(certificate["subjectAltName"], (("DNS", "localhost"),))


class Connection:
    """A client and a server in one process; what one writes is carried to the other."""

    def __init__(self, client: ssl.SSLContext, server: ssl.SSLContext, hostname: str) -> None:
        to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = client.wrap_bio(to_client, to_server, server_hostname=hostname)
        self.server = server.wrap_bio(to_server, to_client, server_side=True)

    def handshake(self) -> None:
        waiting = [self.client, self.server]
        for _ in range(20):
            for end in list(waiting):
                try:
                    end.do_handshake()
                except ssl.SSLWantReadError:
                    continue
                waiting.remove(end)
            if not waiting:
                return
        raise AssertionError("the handshake does not end")


class Handshake(unittest.TestCase):
    def connection(self, hostname: str = "localhost", trusted: bool = True) -> Connection:
        client = ssl.create_default_context()
        if trusted:
            client.load_verify_locations(LOCALHOST)
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.load_cert_chain(LOCALHOST)
        server.maximum_version = self.version
        return Connection(client, server, hostname)

    version = ssl.TLSVersion.TLSv1_3

    def test_data_arrives_both_ways(self) -> None:
        connection = self.connection()
        connection.handshake()
        self.assertEqual(connection.client.version(), self.version.name.replace("_", "."))
        for sender, receiver in (
            (connection.client, connection.server),
            (connection.server, connection.client),
        ):
            sender.write(b"data" * 4096)
            received = b""
            while len(received) < 16384:
                received += receiver.read()
            self.assertEqual(received, b"data" * 4096)

    def test_a_wrong_host_name_is_refused(self) -> None:
        with self.assertRaisesRegex(ssl.SSLCertVerificationError, "Hostname mismatch"):
            self.connection(hostname="example.org").handshake()

    def test_an_unknown_certificate_is_refused(self) -> None:
        with self.assertRaisesRegex(ssl.SSLCertVerificationError, "self-signed certificate"):
            self.connection(trusted=False).handshake()


class HandshakeOfTLS12(Handshake):
    version = ssl.TLSVersion.TLSv1_2


if __name__ == "__main__":
    unittest.main()
