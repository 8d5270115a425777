"""Signatures of hooks: `schemes.SCHEMES` says how each vendor signs, `verifier.verify` checks a delivery. Pure."""
