"""Signatures as AWS's own library makes them: a JSON object a line, for cases drawn from a seed."""

import datetime
import json
import random
import string
import sys
from unittest import mock

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

BODY = "Action=GetCallerIdentity&Version=2011-06-15"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
REGIONS = ["us-east-1", "us-west-2", "eu-central-1", "ap-southeast-4", "cn-north-1", "us-gov-west-1", "il-central-1"]

seed, count = int(sys.argv[1]), int(sys.argv[2])
draw = random.Random(seed)


def text(alphabet, least, most):
    return "".join(draw.choice(alphabet) for _ in range(draw.randint(least, most)))


for _ in range(count):
    region = draw.choice(REGIONS)
    port = draw.choice(["", f":{draw.randint(1024, 65535)}"])
    host = draw.choice([f"sts.{region}.amazonaws.com", "127.0.0.1", "sts.example.com"]) + port
    path = draw.choice(["/", "/sts", "/a/b-c_d.e~f"])
    key_id = draw.choice(["AKIA", "ASIA"]) + text(string.ascii_uppercase + string.digits, 12, 28)
    # Every visible character: a secret is never escaped, whatever is in it.
    secret = text("".join(chr(code) for code in range(0x21, 0x7F)), 16, 128)
    at = draw.randint(0, 4_102_444_799)
    now = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    request = AWSRequest("POST", f"https://{host}{path}", data=BODY, headers={"Content-Type": FORM, "Host": host})
    with mock.patch("botocore.auth.get_current_datetime", create=True) as current, mock.patch(
        "botocore.auth.datetime", create=True
    ) as module:
        current.return_value = now
        module.datetime.utcnow.return_value = now.replace(tzinfo=None)
        module.datetime.now.return_value = now
        SigV4Auth(Credentials(key_id, secret), "sts", region).add_auth(request)
    print(
        json.dumps(
            {
                "host": host,
                "path": path,
                "region": region,
                "keyId": key_id,
                "secret": secret,
                "at": at,
                "date": request.headers["X-Amz-Date"],
                "authorization": request.headers["Authorization"],
            }
        )
    )
