"""Transparency: the public register, the notices for the street, and the papers made from the live configuration.

Everything said here is read from the store or marked as a blank that a person must fill; nothing is a fixed claim.
"""
