"""Forks of a process that uses a client: the child answers, or raises in time."""

from __future__ import annotations

import pytest
from forks import need_fork, run
from server import Server

import chatapi

pytestmark = need_fork


@pytest.fixture(scope="module", autouse=True)
def one_stream(server: Server) -> None:
    with chatapi.Client(server.address) as client:
        client.open_stream(platform="qq", group_id="1")


def test_a_child_connects_anew_and_the_parent_goes_on(server: Server) -> None:
    code = """
        client = chatapi.Client()
        print(lookup(), client.get_streams_summary().total_streams)
        for _ in range(5):
            print(in_child(lambda: (lookup(), client.get_streams_summary().total_streams)))
        print(in_child(lambda: in_child(lookup)))
        print(lookup(), client.get_streams_summary().total_streams)
    """
    assert run(server, code) == ["qq 1", *["('qq', 1)"] * 5, "qq", "qq 1"]


def test_a_fork_waits_for_the_calls_of_other_threads(server: Server) -> None:
    code = """
        stop = threading.Event()
        def keep_calling():
            while not stop.is_set():
                lookup()
        threads = [threading.Thread(target=keep_calling) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(10):
            print(in_child(lookup))
        stop.set()
    """
    assert run(server, code) == ["qq"] * 10


def test_a_child_keeps_to_its_deadline(server: Server) -> None:
    code = """
        lookup()
        print(in_child(lambda: chatapi.Client("127.0.0.1:1", timeout=0.5).get_streams_summary()))
    """
    assert run(server, code)[0].startswith(("Unavailable: ", "DeadlineExceeded: "))


def test_a_child_can_use_coroutines(server: Server) -> None:
    assert run(server, "lookup()\nprint(in_child(lambda: asyncio.run(coroutine())))") == ["1"]


def test_a_child_of_coroutines_gets_a_clear_error(server: Server) -> None:
    code = """
        async def fork_meanwhile():
            async with chatapi.aio.Client() as client:
                call = asyncio.create_task(client.get_streams_summary())
                await asyncio.sleep(0)
                print(in_child(lookup))
                await call
        asyncio.run(fork_meanwhile())
        print(in_child(lookup))
        print(in_child(lambda: asyncio.run(coroutine())))
        print(lookup(), asyncio.run(coroutine()))
    """
    *refused, parent = run(server, code)
    assert parent == "qq 1"
    assert all(line.startswith("ForkedError: this process was forked where gRPC does not survive") for line in refused)
    assert len(refused) == 3


def test_a_child_whose_grpc_is_lost_gets_a_clear_error_in_time(server: Server) -> None:
    # A call under way that the gate does not know of, as another library makes it.
    code = """
        import chatapi._connection
        chatapi._connection.Connection._send = lambda *_: time.sleep(60)
        print(in_child(lambda: chatapi.Client(timeout=0.2).get_streams_summary()))
    """
    assert run(server, code)[0].startswith("ForkedError: ")


def test_processes_of_a_pool_answer(server: Server) -> None:
    code = """
        lookup()
        with multiprocessing.get_context("fork").Pool(2) as pool:
            print(*[pool.apply_async(lookup).get(20) for _ in range(4)])
    """
    assert run(server, code) == ["qq qq qq qq"]


def test_a_child_of_a_replica_answers_and_follows_by_itself_as_the_parent_does(server: Server) -> None:
    code = """
        client = chatapi.Client()
        replica = chatapi.Replica(client)
        replica.ready()
        def follow(name):
            opened = client.update_stream(replica.get_stream_by_group_id("1").stream.stream_id, custom_name=name)
            replica.wait_for(opened.revision)
            return replica.get_stream_by_group_id("1").stream.custom_name
        print(follow("parent"))
        for number in range(3):
            print(in_child(lambda: (replica.get_stream_by_group_id("1").stream.custom_name, follow(f"child {number}"))))
        print(in_child(lambda: in_child(lambda: follow("grandchild"))))
        print(follow("parent again"))
    """
    assert run(server, code) == [
        "parent",
        "('parent', 'child 0')",
        "('child 0', 'child 1')",
        "('child 1', 'child 2')",
        "grandchild",
        "parent again",
    ]


def test_a_child_of_coroutines_and_a_replica_raises_in_time(server: Server) -> None:
    code = """
        replica = chatapi.Replica(chatapi.Client())
        replica.ready()
        asyncio.run(coroutine())
        def ask():
            try:
                replica.wait_for("999", 20)
            except chatapi.ClientClosed as error:
                return type(error.__cause__.__cause__).__name__
        print(in_child(ask))
        print(len(replica))
    """
    assert run(server, code) == ["ForkedError", "1"]
