"""What every page's frame shows: where I am, what I may open, what waits for me.

Values are read when the template asks for them, so that a page without the frame pays for none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Post
from greenhood.declarations.queries.waits import Waits, todo_count
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.public_pages import LARGE_TYPE_COOKIE
from greenhood.schemes import queries as schemes
from greenhood.schemes.models import SchemeVersion
from greenhood.site import navigation
from greenhood.site.places import Place, path_to, place_of


@dataclass(frozen=True)
class NavLink:
    title: str
    icon: str
    url: str
    is_current: bool
    group: str = ""


def site(request: HttpRequest) -> dict[str, Site]:
    """The context processor: one name, `site`, in every template."""
    return {"site": Site(request)}


class Site:
    """The frame of one page."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def demo(self) -> bool:
        return settings.DEMO

    @property
    def large_type(self) -> bool:
        return self._request.COOKIES.get(LARGE_TYPE_COOKIE) == "yes"

    @cached_property
    def actor(self) -> Actor | None:
        return getattr(self._request, "actor", None)

    @cached_property
    def nav(self) -> list[NavLink]:
        return self._links(navigation.for_post(self.actor)) if self.actor and self.actor.user else []

    @property
    def bottom_nav(self) -> list[NavLink]:
        """The four most used, for the bar at the bottom of a phone."""
        return self.nav[:4]

    @cached_property
    def public_nav(self) -> list[NavLink]:
        return self._links(navigation.PUBLIC)

    @property
    def is_menu(self) -> bool:
        return self._request.path == reverse("site:menu")

    @cached_property
    def division(self) -> Division | None:
        """The division that the page is about, or the post's own."""
        named = getattr(self._request, "place", None)
        if named is not None:
            return named
        return self.actor.post.division if self.actor and self.actor.post else None

    @cached_property
    def path(self) -> list[Place]:
        """From the nation to the page's place; a view that has read it gives it as ``request.place_path``."""
        known: list[Division] | None = getattr(self._request, "place_path", None)
        if known is not None:
            return [place_of(each) for each in known]
        return path_to(self.division) if self.division is not None else []

    @property
    def place(self) -> Division | None:
        return self.division

    @cached_property
    def scheme(self) -> SchemeVersion | None:
        """The scheme in force where the page is; a view that has read it gives it as ``request.place_version``."""
        if hasattr(self._request, "place_version"):
            return self._request.place_version
        return schemes.scheme_for(self.division) if self.division is not None else None

    @property
    def year(self) -> int:
        return today_in_shanghai().year

    @property
    def todo_url(self) -> str:
        return address("declarations:todo") if self.actor and self.actor.post else ""

    @cached_property
    def todo_count(self) -> int:
        """What waits for the post; a page that shows it in full has counted it already."""
        if not (self.actor and self.actor.post):
            return 0
        known: Waits | None = getattr(self._request, "waits", None)
        return known.total if known is not None else todo_count(self.actor)

    @cached_property
    def posts(self) -> Sequence[Post]:
        """The posts to choose from; none where there is no choice."""
        posts = getattr(self._request, "posts", [])
        return posts if len(posts) > 1 else []

    @property
    def person_links(self) -> list[NavLink]:
        return self._links(navigation.PERSON)

    @property
    def sign_in_url(self) -> str:
        return address("accounts:sign_in")

    @property
    def sign_out_url(self) -> str:
        return address("accounts:sign_out")

    @property
    def switch_post_url(self) -> str:
        return address("accounts:switch_post")

    @property
    def demo_url(self) -> str:
        return address("demo:accounts")

    def _links(self, items: Sequence[navigation.Item]) -> list[NavLink]:
        found = [(item, address(item.name)) for item in items]
        return [NavLink(item.title, item.icon, url, self._is_at(url), item.group) for item, url in found if url]

    def _is_at(self, url: str) -> bool:
        """The longest of the frame's addresses that the page lies under is where one is."""
        path = self._request.path
        return path == url or (path.startswith(url) and url.count("/") > 1 and not self._is_nearer(url))

    def _is_nearer(self, url: str) -> bool:
        others = (address(item.name) for item in (*navigation.EVERYTHING, *navigation.PUBLIC))
        return any(len(other) > len(url) and self._request.path.startswith(other) for other in others)


def address(name: str) -> str:
    """The address of a named page, or nothing where that room has no such page yet."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
