"""The commands of `telecare`, one module each: `NAME`, `HELP`, `arguments(parser)`, `run(options, out) -> exit code`.

A command writes to `out`, never to the standard output: against a live embedded server it runs inside that server
(config/control.py) and its lines travel back.
"""
