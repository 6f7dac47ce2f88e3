"""Edits allow policies with gcloud's own functions: reads a JSON list of {policy, edits}, prints the list of edited policies."""

import json
import sys

# The SDK's lib folder. Its bundled packages come first, as in gcloud itself.
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/third_party"]

from apitools.base.py import encoding
from googlecloudsdk.api_lib.util import apis
from googlecloudsdk.command_lib.iam import iam_util

messages = apis.GetMessagesModule("iam", "v1")


def edited(policy, edits):
    policy = encoding.DictToMessage(policy, messages.Policy)
    for edit in edits:
        row = (policy, edit["member"], edit["role"], edit.get("condition") or {"None": True})
        if edit["kind"] == "add":
            iam_util.AddBindingToIamPolicyWithCondition(messages.Binding, messages.Expr, *row)
            continue
        try:
            iam_util.RemoveBindingFromIamPolicyWithCondition(*row)
        except iam_util.IamPolicyBindingNotFound:
            pass
    return encoding.MessageToDict(policy)


json.dump([edited(**case) for case in json.load(sys.stdin)], sys.stdout)
