"""What every story starts from: a running recoup, the unmodified client, a receiver."""

import os
import socket
import uuid

import pytest
from lago_python_client.client import Client

from business import Business
from programs import LocalStripe, Recoup
from receiver import Receiver

# A proxy of this machine knows nothing of our loopback.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"


def pytest_configure():
    for name in ("RECOUP_BIN", "LOCALSTRIPE_PYTHON", "METRONOME_NEWEST_PYTHON"):
        if not os.environ.get(name):
            raise pytest.UsageError(f"{name} is not set; `make clients` sets it")


@pytest.fixture(scope="module")
def recoup(tmp_path_factory):
    """A server whose clock stands still until a story moves it."""
    server = Recoup(tmp_path_factory.mktemp("recoup"), "--test-clock").start()
    yield server
    assert server.end() == 0, "it ends cleanly when it is asked to"


@pytest.fixture(scope="module")
def live_recoup(tmp_path_factory):
    """A server as it is started without any setting, with a clock that goes."""
    server = Recoup(tmp_path_factory.mktemp("recoup")).start()
    yield server
    assert server.end() == 0, "it ends cleanly when it is asked to"


@pytest.fixture
def client(recoup):
    return Client(api_key=recoup.key, api_url=f"{recoup.address}/")


@pytest.fixture
def business(recoup):
    return Business(recoup)


@pytest.fixture(scope="module")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.end()


@pytest.fixture(scope="module")
def localstripe(tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    peer = LocalStripe(tmp_path_factory.mktemp("localstripe"), port)
    yield peer
    peer.end()


@pytest.fixture
def unique():
    """Makes the names of one story its own."""
    return uuid.uuid4().hex[:12]
