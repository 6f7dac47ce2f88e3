"""A workload as its author would write it in Python: prints the access token. If it is refused, exits 1 with Google's message."""

import json
import sys

from google.auth import aws, exceptions
from google.auth.transport.requests import Request

with open(sys.argv[1], encoding="utf-8") as file:
    info = json.load(file)
# We do not use google.auth.default(), which asks Google's real resource manager for the project.
credentials = aws.Credentials.from_info(
    info, scopes=["https://www.googleapis.com/auth/cloud-platform"]
)
try:
    credentials.refresh(Request())
except exceptions.GoogleAuthError as error:
    sys.exit(str(error))
print(credentials.token)
