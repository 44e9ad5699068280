"""What is published of the providers' APIs. The files are not ours and not part of the repository:
what needs them is not run without them."""

import json
import os
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SHARED_DIR", ROOT.parent / "shared"))


def place(name):
    """Where a file is; skips the test if it is not there."""
    path = SHARED / "contracts" / "openapi" / name
    if not path.exists():
        pytest.skip(f"NOT RUN: {name} is not beside the repository")
    return path


def description(name):
    return Description(json.loads(place(name).read_text()))


class Description:
    """An OpenAPI document, and what it says of answers."""

    def __init__(self, document):
        self.document = document
        names = sorted(document["paths"], key=lambda path: path.count("{"))
        self._paths = [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path) for path in names]

    def operation(self, method, path):
        """What is said of a call, and the name of its path."""
        known = next((name for shape, name in self._paths if shape.fullmatch(path)), None)
        operation = self.document["paths"].get(known, {}).get(method.lower())
        return known, operation

    def faults(self, asked, reply):
        """Where an answer is not as described."""
        known, operation = self.operation(asked.method, asked.path)
        at = f"{asked.method} {asked.path} {reply.status}"
        if operation is None:
            return [f"{at}: there is no such call"]
        described = operation["responses"].get(str(reply.status))
        if described is None:
            return [] if reply.status >= 400 else [f"{at}: there is no such answer"]
        schema = described["content"]["application/json"]["schema"]
        whole = {**schema, "components": self.document["components"]}
        return [
            f"{at}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in Draft202012Validator(whole).iter_errors(reply.json)
        ]
