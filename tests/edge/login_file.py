"""A users file, and who is in it."""

from __future__ import annotations

import base64

import bcrypt

from stream.edge.serve.access.users import new_token

TOKEN, TOKEN_HASH = new_token()
BOARD, BOARD_HASH = new_token()
PASSWORD = "correct horse battery"
USERS = f"""basic_auth_users:
  anna: {bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()}
bearer_tokens:
  prometheus: {TOKEN_HASH}
board_tokens:
  lobby: {BOARD_HASH}
"""
BASIC = "Basic " + base64.b64encode(f"anna:{PASSWORD}".encode()).decode()
BEARER = f"Bearer {TOKEN}"
