"""Signing in at an OpenID Connect provider: asking it, checking what it says, and whom that makes here."""
