"""A workload as its author would write it in Python: prints the access token; exits 1 with Google's words where it is refused."""

import json
import sys

from google.auth import aws, exceptions
from google.auth.transport.requests import Request

with open(sys.argv[1], encoding="utf-8") as file:
    info = json.load(file)
# Not google.auth.default(): that asks Google's real resource manager for the project.
credentials = aws.Credentials.from_info(
    info, scopes=["https://www.googleapis.com/auth/cloud-platform"]
)
try:
    credentials.refresh(Request())
except exceptions.GoogleAuthError as error:
    sys.exit(str(error))
print(credentials.token)
