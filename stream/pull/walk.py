"""The pages of a list that were read since its first one: a page that comes again is no step on."""

from __future__ import annotations

from stream.connect.api import Cursor, Feed, Page


class Walk:
    """Of one feed. What a page holds is kept as a number, however many pages there are."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._seen: set[int] = set()
        self._has_begun_again = False

    def has_seen(self, page: Page) -> bool:
        """Whether a page of this walk held the same, in any order. The last one may: nothing is asked for behind it."""
        return not page.is_last and hash(page.names) in self._seen

    def note(self, page: Page) -> None:
        """The page was written."""
        if page.is_last:
            self._seen.clear()
            self._has_begun_again = False
        elif page.names:
            self._seen.add(hash(page.names))

    def start_again(self, cursor: Cursor) -> Cursor:
        """The first page of this walk, once; then where it stands, until a page is another one."""
        if self._has_begun_again or self._feed.first_page is None:
            return cursor
        self._has_begun_again = True
        self._seen.clear()
        return self._feed.first_page(cursor)
