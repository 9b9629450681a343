"""The journal's keeping: signed checkpoints, verification, retention, exports, and the door to read it."""
