"""A mail server that keeps what it gets: a JSON object a line. It takes mail after STARTTLS and a password, and not before."""

import asyncio
import json
import os
import pathlib
import ssl
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, AuthResult

folder = pathlib.Path(sys.argv[1])
password = os.environ.pop("SMTP_PASSWORD").encode()


class Keep:
    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        kept = {"to": envelope.rcpt_tos, "subject": mail["subject"], "text": mail.get_content()}
        with open(folder / "mails", "a") as mails:
            mails.write(json.dumps(kept) + "\n")
        return "250 kept"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"sink", password), handled=False)


async def main():
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(folder / "certificate.pem", folder / "key.pem")

    def protocol():
        return SMTP(Keep(), authenticator=authenticate, auth_required=True, auth_require_tls=True, require_starttls=True, tls_context=tls)

    server = await asyncio.get_running_loop().create_server(protocol, "localhost", 0)
    (folder / "port").write_text(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


asyncio.run(main())
