"""The `greenhood` command itself."""

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from greenhood import __main__ as command
from greenhood.kit.management.commands import serve

OURS = sorted(name for name, room in get_commands().items() if str(room).startswith("greenhood."))


def test_help_names_every_command_once_with_one_line():
    lines = command.overview().splitlines()

    for name in OURS:
        shown = [line for line in lines if line.split()[:1] == [name] and line.startswith("  ")]
        assert len(shown) == 1, name
        assert len(shown[0].split(maxsplit=1)[1]) > 3, name


@pytest.mark.parametrize("name", OURS)
def test_own_help_of_a_command_can_be_printed(name, capsys):
    load_command_class(get_commands()[name], name).create_parser("greenhood", name).print_help()

    assert "usage: greenhood" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "needs"),
    [
        (["migrate"], True),
        (["migrate", "--help"], False),
        (["scheme", "check", "a.yaml"], False),
        (["scheme", "publish"], True),
        (["db", "status"], False),
    ],
)
def test_server_is_started_only_for_what_reads_rows(words, needs):
    assert command.needs_database(words) is needs


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.5", "::", "green.example.gov.cn"])
def test_demonstration_refuses_a_public_address(settings, address):
    settings.DEMO, settings.DEMO_PUBLIC = True, False

    with pytest.raises(CommandError, match="演示模式"):
        call_command("serve", address=address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_own_machine_is_no_public_address(address):
    assert serve.is_loopback(address) is True


def test_taken_port_is_named_with_the_next_one():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"--port {port + 1}"):
            serve.refuse_taken_port("127.0.0.1", port)
