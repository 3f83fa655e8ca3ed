"""Drives the simulator with google-api-python-client and google-auth, case by case. See the table in ../README.md.

Usage: main.py URL DIRECTORY, where DIRECTORY holds delegated.json and role.json (key files).
"""

import sys

import support
import tokens  # noqa: F401  The cases register themselves, in the order of the imports.
import users  # noqa: F401
import groups  # noqa: F401
import failures  # noqa: F401
import channels  # noqa: F401

sys.exit(support.run())
