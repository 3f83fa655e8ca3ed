"""Runs GAM 7 against the simulator, unchanged: it reaches "Google" through a proxy, whose certificate it is told to trust.

Usage: gam.py URL DIRECTORY, where DIRECTORY holds role.json, the key file of a service account with an admin role.
GAM signs its own tokens with that key (`enable_dasa`), and reads the discovery document from the simulator.
"""

import csv
import datetime
import io
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import threading
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

URL, WORK = urllib.parse.urlsplit(sys.argv[1]), pathlib.Path(sys.argv[2])
CUSTOMER, DOMAIN, ADMIN = "C01acme42", "acme.example", "admin@acme.example"


def certify(name, issuer=None):
    """A key and its certificate, signed by the issuer (another such pair) or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    signer, by = (issuer[0], issuer[1].subject) if issuer else (key, subject)
    now = datetime.datetime.now(datetime.timezone.utc)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(by).public_key(key.public_key())
               .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
               .not_valid_after(now + datetime.timedelta(days=1)).add_extension(identifier, critical=False)
               .add_extension(authority, critical=False)
               .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True))
    if issuer:
        names = x509.SubjectAlternativeName([x509.DNSName(name), x509.DNSName(name.removeprefix("*."))])
        builder = builder.add_extension(names, critical=False)
    else:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    return key, builder.sign(signer, hashes.SHA256())


def pem(key, certificate):
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())
    return private + certificate.public_bytes(serialization.Encoding.PEM)


class Proxy:
    """Takes CONNECT for any of Google's hosts, ends TLS, and passes everything on to the simulator."""

    def __init__(self):
        authority = certify("A test's authority")
        self.trusted = WORK / "authority.pem"
        self.trusted.write_bytes(authority[1].public_bytes(serialization.Encoding.PEM))
        leaf = WORK / "google.pem"
        leaf.write_bytes(pem(*certify("*.googleapis.com", authority)))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(leaf)
        self.tls.set_alpn_protocols(["http/1.1"])
        self.hosts = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            self.hosts.add(head.split()[1].decode())
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            client = self.tls.wrap_socket(client, server_side=True)
            google = socket.create_connection((URL.hostname, URL.port))
        except OSError as error:
            print("proxy:", error, file=sys.stderr)
            return
        threading.Thread(target=pump, args=(google, client), daemon=True).start()
        pump(client, google)


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # The other side is gone.


PROXY = Proxy()
CONFIGURATION = f"""[DEFAULT]
enable_dasa = true
customer_id = {CUSTOMER}
domain = {DOMAIN}
admin_email = {ADMIN}
cacerts_pem = {PROXY.trusted}
config_dir = {WORK}
cache_dir = {WORK}
drive_dir = {WORK}
num_threads = 1
"""
(WORK / "gam.cfg").write_text(CONFIGURATION)
(WORK / "oauth2service.json").write_text((WORK / "role.json").read_text())


def gam(*arguments):
    """The output of a command, which must succeed."""
    environment = dict(os.environ, GAMCFGDIR=str(WORK), https_proxy=PROXY.address, HTTPS_PROXY=PROXY.address,
                       no_proxy="", NO_PROXY="", PYTHONWARNINGS="ignore")
    done = subprocess.run([sys.executable, "-m", "gam", *arguments], env=environment, text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=120)
    print(f"gam {' '.join(arguments)}: {done.returncode}, {len(done.stdout.splitlines())} lines")
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\n{done.stderr}")
    return done.stdout


def rows(*arguments):
    """The rows of a command that prints CSV."""
    return list(csv.DictReader(io.StringIO(gam(*arguments))))


def addresses(found, column="primaryEmail"):
    return sorted(row[column] for row in found)


shown = gam("info", "domain")
assert f"Customer ID: {CUSTOMER}" in shown and f"Primary Domain: {DOMAIN}" in shown, shown
assert "Total Users: 60" in shown, shown

everybody = rows("print", "users", "allfields", "custom", "all")
assert len(everybody) == 60 and ADMIN in addresses(everybody)
assert any(row.get("customSchemas.Telephony.site") for row in everybody), everybody[0].keys()
deleted = rows("print", "users", "deletedonly")
assert deleted == [], deleted
sales = rows("print", "users", "query", "orgUnitPath=/Sales", "fields", "ou")
assert sales and all(row["orgUnitPath"].startswith("/Sales") for row in sales), sales

groups = rows("print", "groups", "fields", "id,name,directmemberscount")
assert {"sales@acme.example", "all@acme.example"} <= set(addresses(groups, "email")), groups
members = rows("print", "group-members")
by_group = {row["email"]: int(row["directMembersCount"]) for row in groups}
for group, count in by_group.items():
    assert len([row for row in members if row["group"] == group]) == count, group
assert "CUSTOMER" in {row["type"] for row in members}
nested = rows("print", "group-members", "group", "phones@acme.example", "recursive")
assert nested and {row["type"] for row in nested} == {"USER"}, nested

orgs = rows("print", "orgs")
assert {row["orgUnitPath"] for row in everybody} - {"/"} == set(addresses(orgs, "orgUnitPath")), orgs
aliases = rows("print", "aliases")
assert aliases and all(row["Target"] in addresses(everybody) for row in aliases), aliases
assert [row["domainName"] for row in rows("print", "domains")] == [DOMAIN]

person = gam("info", "user", ADMIN, "nolicenses")
assert f"User: {ADMIN}" in person and "Is a Super Admin: True" in person, person
roles = {row["roleId"]: row["roleName"] for row in rows("print", "adminroles")}
admins = rows("print", "admins")
assert ("_SEED_ADMIN_ROLE", ADMIN) in {(roles[row["roleId"]], row["assignedToUser"]) for row in admins}, admins
schemas = rows("print", "schemas")
assert [row["schemaName"] for row in schemas] == ["Telephony"], schemas

# The certificates of a service account that has a role are looked for at another host.
assert PROXY.hosts == {"admin.googleapis.com:443", "www.googleapis.com:443"}, PROXY.hosts
