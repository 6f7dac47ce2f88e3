"""Runs gcloud commands, each in a fork of one process that has loaded gcloud already: most of a command's time is loading.

gcloud's own launcher starts this with its own Python, in place of its lib/gcloud.py:

    CLOUDSDK_PYTHON_ARGS='-S gcloud_server.py' gcloud FOLDER

It writes FOLDER/gcloud, a program that hands its arguments and its three streams to this server. A command gets the
server's environment and working directory. The server ends when its standard input is closed.
"""

import array
import atexit
import gc
import json
import os
import select
import signal
import socket
import sys
import traceback

CLIENT = """#!{python} -IS
import array, json, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
streams = array.array("i", [0, 1, 2])
server.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
server.sendall(json.dumps(sys.argv[1:]).encode())
server.shutdown(socket.SHUT_WR)
status = server.recv(1)
sys.exit(status[0] if status else "gcloud ended without a status")
"""


def main():
    gcloud_py, folder = sys.argv[1:]
    sys.path[0] = os.path.dirname(gcloud_py)
    import gcloud

    # The same as in gcloud.main(), up to the command itself.
    sys.path = gcloud.reorder_sys_path(sys.path)
    gcloud._fix_google_module()
    from googlecloudsdk import gcloud_main

    cli = gcloud_main.CreateCLI([])
    address = os.path.join(folder, "server")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    client = os.path.join(folder, "gcloud")
    with open(client, "w") as file:
        file.write(CLIENT.format(python=sys.executable, address=address))
    os.chmod(client, 0o755)
    print("ready", flush=True)

    # A fork copies only the pages that it writes: the collector must not touch the others.
    gc.collect()
    gc.freeze()
    # No one waits for the commands: each reports its own status.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        readable, _, _ = select.select([listener, 0], [], [])
        if 0 in readable:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listener.close()
            connection.sendall(bytes([run(lambda: gcloud_main.main(cli), connection)]))
            # The interpreter's own end would write to every page.
            os._exit(0)
        connection.close()


def run(command, connection):
    """Runs a command with the client's arguments and streams. Returns its status."""
    take_streams(connection)
    sys.argv = ["gcloud", *json.loads(connection.makefile("rb").read())]
    try:
        status = status_of(command)
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        return status
    except BaseException:
        traceback.print_exc()
        return 1


def take_streams(connection):
    streams = array.array("i")
    _, ancillary, _, _ = connection.recvmsg(1, socket.CMSG_SPACE(3 * streams.itemsize))
    for _, _, data in ancillary:
        streams.frombytes(data)
    for stream, received in enumerate(streams):
        os.dup2(received, stream)
        os.close(received)


def status_of(command):
    """Interprets the argument of sys.exit() like the interpreter."""
    try:
        command()
        return 0
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        print(end.code, file=sys.stderr)
        return 1


main()
