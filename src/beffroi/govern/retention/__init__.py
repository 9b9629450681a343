"""Nothing kept too long: terms, what is due, destruction with its signed ledger, holds for a judge, proof.

``terms`` says how long, ``clock`` which time may be believed, ``destroying`` what goes and in which order, ``reducing``
what becomes a figure, ``holding`` what must stay, ``verifying`` that it is so; ``door`` is what people reach of it.
"""
