"""The server against its own description: schemathesis asks every operation for what the
description allows and for what it does not, and holds each answer to it."""

import subprocess
import sys

import pytest

from programs import environment

# What each answer is held to. Left out, because Lago's rules say otherwise:
# - negative_data_rejection: unknown keys, filters and values are passed over, not refused;
# - positive_data_acceptance: which codes, ids and currencies there are is not in a schema;
# - unsupported_method, allow_header_conformance: a wrong verb is an unknown route, a 404;
# - ensure_resource_availability: a customer is found by their own id, not by the one they are given.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
    "use_after_free",
    "missing_required_header",
]
EXAMPLES_MAX = 15
SECONDS_MAX = 900

# What is made first, because what follows names it.
MADE = ["taxes", "add_ons", "webhook_endpoints", "customers", "invoices"]


@pytest.fixture
def document(live_recoup):
    return live_recoup.api("GET", "/openapi.json").json()


def test_the_examples_are_requests_that_succeed(live_recoup, document):
    for name in MADE:
        body = request_example(document, f"/api/v1/{name}")
        answer = live_recoup.api("POST", f"/api/v1/{name}", json=body)
        assert answer.status_code == 200, f"{body}\n{answer.text}"


def test_every_answer_is_as_the_description_says(live_recoup, tmp_path):
    command = [sys.executable, "-m", "schemathesis.cli", "run"]
    command += [f"{live_recoup.address}/openapi.json", "--no-color", "--continue-on-failure"]
    command += ["--header", f"Authorization: Bearer {live_recoup.key}"]
    command += ["--checks", ",".join(CHECKS)]
    # The same requests each time; no story knows what another day's would have found.
    command += ["--generation-deterministic", "--max-examples", str(EXAMPLES_MAX)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=SECONDS_MAX,
        env={**environment(), "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def request_example(document, path):
    """The body that the description has for a POST, put together from its fields' examples."""
    content = document["paths"][path]["post"]["requestBody"]["content"]
    return example(document, content["application/json"]["schema"])


def example(document, schema):
    """None where there is none."""
    if "example" in schema:
        return schema["example"]
    if "$ref" in schema:
        return example(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    if "items" in schema:
        item = example(document, schema["items"])
        return [item] if item else None
    for choice in schema.get("oneOf", []):
        found = example(document, choice)
        if found is not None:
            return found
    fields = schema.get("properties", {})
    found = {name: example(document, field) for name, field in fields.items()}
    return {name: value for name, value in found.items() if value is not None} or None
