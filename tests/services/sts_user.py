"""Makes a user with an access key at an AWS of moto's, and turns its checking of signatures on. Prints the access key."""

import json
import sys
import urllib.request

import boto3

url = sys.argv[1]
nobody = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nobody", "region_name": "us-east-1"}
iam = boto3.client("iam", endpoint_url=url, **nobody)
iam.create_user(UserName="gateway")
key = iam.create_access_key(UserName="gateway")["AccessKey"]
plain = {"content-type": "text/plain"}
urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset-auth", data=b"0", headers=plain))
print(json.dumps({"id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}))
