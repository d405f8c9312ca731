"""Tells the first copy of an event from its repeats."""


class FirstCopies:
    """Remembers the ids of the last events; a repeat that comes later than so many is not recognised."""

    def __init__(self, limit=100_000):
        self._limit = limit
        # A dict keeps the order in which ids came, so the oldest one is the first.
        self._ids = {}

    def is_first(self, message_id):
        """Whether this id was not seen before; it is remembered from now on.

        An event that somebody else sent without an id cannot be recognised.
        """
        if message_id is None:
            return True
        if message_id in self._ids:
            return False
        self._ids[message_id] = None
        if len(self._ids) > self._limit:
            del self._ids[next(iter(self._ids))]
        return True
