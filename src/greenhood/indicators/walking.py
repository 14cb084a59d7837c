"""How far people walk: along drawn paths where these reach both ends, else in a straight line that is made longer.

Plain arrays of metres on a flat map (``kit.geodesy.plane``), no database. Places are rows of ``[x, y]``. Nothing loops over
places: nearest ones come from k-d trees, ways along paths from one search through the whole network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Below this, two processors cost more than they bring.
FEW = 20_000
# A way of no length is still a way: sparse matrices take a nought for none.
TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Manner:
    """What the editor of a standard decides about walking, in metres.

    ``detour``: how much longer people walk than a bird flies. ``snap``: how far a place may lie from a path and still be on
    it. ``join``: how far apart two drawn ends may lie and still be one. ``least_network``: paths that hang together for
    less than this are single lanes, and say nothing of how far it is elsewhere.
    """

    detour: float
    snap: float
    join: float
    least_network: float


@dataclass(frozen=True, slots=True)
class Nearest:
    """Of each origin: how far the nearest target is (``inf`` beyond the limit), its number (or -1), and whether the way to
    it follows drawn paths."""

    distance: Floats
    target: Numbers
    is_along: Flags


class Targets:
    """Places to walk to, each of one kind (0, 1, …), with a tree for each kind."""

    def __init__(self, places: Floats, kinds: Numbers, count: int) -> None:
        self.places, self.kinds, self.count = places, kinds, count

    @cached_property
    def trees(self) -> list[tuple[Any, Numbers]]:
        """By kind: a tree, and the numbers of the targets in it."""
        members = [np.flatnonzero(self.kinds == kind) for kind in range(self.count)]
        return [(cKDTree(self.places[each]) if len(each) else None, each) for each in members]

    def only(self, which: Flags) -> tuple[Targets, Numbers]:
        """Those that are marked, and their numbers here."""
        return Targets(self.places[which], self.kinds[which], self.count), np.flatnonzero(which)


def nearest_of_each(
    origins: Floats, targets: Targets, manner: Manner, *, limit: float, paths: Network | None = None
) -> list[Nearest]:
    """By kind of target, the nearest to every origin within ``limit`` metres of walking.

    Where paths reach an origin and a target, the way between them is the one along the paths, and there is none where these
    don't hang together: a river without a bridge is not walked over. Otherwise it is the straight line × ``detour``.
    """
    straight = _straight(origins, targets, manner.detour, limit)
    if paths is None or not paths.has_any or not len(origins):
        return straight
    near = _in_reach(targets.places, origins, limit)
    reached, numbers = targets.only(near)
    found, on_paths, targets_on_paths = paths.ways(origins, reached, manner, limit)
    if not on_paths.any():
        return straight
    off, off_numbers = reached.only(~targets_on_paths)
    beside = _straight(origins[on_paths], off, manner.detour, limit)
    for kind, one in enumerate(found):
        # Straight lines remain where a path reaches one end only.
        other, other_target = beside[kind].distance, beside[kind].target
        is_along = one.distance[on_paths] <= other
        off_target = np.where(other_target >= 0, numbers[off_numbers[other_target]] if len(off_numbers) else -1, -1)
        along_target = np.where(one.target[on_paths] >= 0, numbers[one.target[on_paths]] if len(numbers) else -1, -1)
        straight[kind].distance[on_paths] = np.where(is_along, one.distance[on_paths], other)
        straight[kind].target[on_paths] = np.where(is_along, along_target, off_target)
        straight[kind].is_along[on_paths] = is_along
    return straight


def _straight(origins: Floats, targets: Targets, detour: float, limit: float) -> list[Nearest]:
    found = []
    workers = 2 if len(origins) > FEW else 1
    for tree, members in targets.trees:
        if tree is None or not len(origins):
            distance, place = np.full(len(origins), np.inf), np.zeros(len(origins), np.int64)
        else:
            distance, place = tree.query(origins, distance_upper_bound=limit / detour, workers=workers)
        is_found = np.isfinite(distance)
        number = np.full(len(origins), -1, np.int64)
        number[is_found] = members[place[is_found]]
        found.append(Nearest(distance * detour, number, np.zeros(len(origins), bool)))
    return found


def _in_reach(places: Floats, origins: Floats, limit: float) -> Flags:
    low, high = origins.min(axis=0) - limit, origins.max(axis=0) + limit
    return np.asarray(((places >= low) & (places <= high)).all(axis=1))


class Network:
    """Drawn paths as one net: lines hang together where they have a drawn point in common, or where one ends on another.

    Lines that cross without either are a bridge over a street, and don't.
    """

    def __init__(self, lines: Sequence[Any] | NDArray[Any], manner: Manner) -> None:
        """``lines``: LineStrings and MultiLineStrings of shapely, in metres."""
        self.manner = manner
        places, begins = _corners(lines)
        ends = begins + 1
        nodes = _merged(places, manner.join)
        keep = nodes[begins] != nodes[ends]
        self.begins, self.ends = nodes[begins[keep]], nodes[ends[keep]]
        self.from_, self.to = places[begins[keep]], places[ends[keep]]
        self.count = int(nodes.max()) + 1 if len(nodes) else 0
        self._meet()
        self._leave_out_lanes()

    @property
    def has_any(self) -> bool:
        return bool(len(self.begins))

    @cached_property
    def lengths(self) -> Floats:
        return np.linalg.norm(self.to - self.from_, axis=1)

    @cached_property
    def _tree(self) -> Any:
        return shapely.STRtree(shapely.linestrings(np.stack([self.from_, self.to], axis=1)))

    def on(self, places: Floats) -> tuple[Numbers, Numbers, Floats, Floats]:
        """The places that lie within ``snap`` of a path: their numbers, the stretch, how far along it (0 to 1), how far off."""
        near = np.flatnonzero(self._may_be_near(places))
        (place, stretch), off = self._tree.query_nearest(
            shapely.points(places[near]), max_distance=self.manner.snap, return_distance=True, all_matches=False
        )
        place = near[place]
        return place, stretch, self._along(places[place], stretch), off

    def _may_be_near(self, places: Floats) -> Flags:
        """Whether there is a stretch in the square of a place or in one beside it. Few of a nation's places have any."""
        side = float(self.lengths.max()) / 2 + self.manner.snap
        squares = np.floor((self.from_ + self.to) / 2 / side).astype(np.int64)
        around = np.array([(east, north) for east in (-1, 0, 1) for north in (-1, 0, 1)])
        known = _numbered((squares[:, None, :] + around).reshape(-1, 2))
        return np.isin(_numbered(np.floor(places / side).astype(np.int64)), np.unique(known))

    def ways(
        self, origins: Floats, targets: Targets, manner: Manner, limit: float
    ) -> tuple[list[Nearest], Flags, Flags]:
        """By kind the nearest target along the paths; which origins and which targets lie on them."""
        from_, stretch, along, off = self.on(origins)
        to, to_stretch, to_along, to_off = self.on(targets.places)
        first_origin, first_target = self.count, self.count + len(from_)
        size = first_target + len(to)
        # Every place is a node of its own beside the point of the path that it is nearest to.
        points = np.arange(len(from_) + len(to)) + size
        rows, columns, metres = self._stretches(
            np.concatenate([stretch, to_stretch]), np.concatenate([along, to_along]), points
        )
        graph = _graph(
            np.concatenate([rows, np.arange(self.count, size)]),
            np.concatenate([columns, points]),
            np.concatenate([metres, off, to_off]),
            size + len(points),
        )
        on_paths, targets_on_paths = np.zeros(len(origins), bool), np.zeros(len(targets.places), bool)
        on_paths[from_], targets_on_paths[to] = True, True
        found = []
        for kind in range(targets.count):
            sources = first_target + np.flatnonzero(targets.kinds[to] == kind)
            distance, target = np.full(len(origins), np.inf), np.full(len(origins), -1, np.int64)
            if len(sources) and len(from_):
                far, _, source = dijkstra(graph, indices=sources, limit=limit, min_only=True, return_predecessors=True)
                mine = slice(first_origin, first_target)
                distance[from_] = far[mine]
                target[from_] = np.where(np.isfinite(far[mine]), to[(source[mine] - first_target) % len(to)], -1)
            found.append(Nearest(distance, target, on_paths))
        return found, on_paths, targets_on_paths

    def _stretches(self, stretch: Numbers, along: Floats, nodes: Numbers) -> tuple[Numbers, Numbers, Floats]:
        """The stretches of the net cut at further points: from node, to node, metres."""
        each = np.arange(len(self.begins))
        of = np.concatenate([each, each, stretch])
        at = np.concatenate([np.zeros(len(each)), np.ones(len(each)), along])
        node = np.concatenate([self.begins, self.ends, nodes])
        # At an end itself the end's own node stays outermost.
        rank = np.concatenate([np.zeros(len(each), int), np.full(len(each), 2), np.ones(len(stretch), int)])
        order = np.lexsort([rank, at, of])
        of, at, node = of[order], at[order], node[order]
        inside = of[1:] == of[:-1]
        metres = (at[1:] - at[:-1]) * self.lengths[of[1:]]
        return node[:-1][inside], node[1:][inside], metres[inside]

    def _meet(self) -> None:
        """Let a line that ends on another's stretch, where nobody drew a point, open there into it."""
        if not self.has_any:
            return
        degree = np.bincount(np.concatenate([self.begins, self.ends]), minlength=self.count)
        loose = np.concatenate([self.begins, self.ends])
        places = np.concatenate([self.from_, self.to])
        single = degree[loose] == 1
        loose, places = loose[single], places[single]
        point, stretch = self._tree.query(shapely.points(places), predicate="dwithin", distance=self.manner.join)
        node = loose[point]
        other = (self.begins[stretch] != node) & (self.ends[stretch] != node)
        if not other.any():
            return
        stretch, node, place = stretch[other], node[other], places[point[other]]
        along = self._along(place, stretch)
        begins, ends, _ = self._stretches(stretch, along, node)
        at = np.zeros((self.count, 2))
        at[self.begins], at[self.ends] = self.from_, self.to
        keep = begins != ends
        self.begins, self.ends = begins[keep], ends[keep]
        self.from_, self.to = at[self.begins], at[self.ends]
        self.__dict__.pop("lengths", None)
        self.__dict__.pop("_tree", None)

    def _along(self, places: Floats, stretch: Numbers) -> Floats:
        from_, way = self.from_[stretch], (self.to - self.from_)[stretch]
        share = np.einsum("ij,ij->i", places - from_, way) / np.einsum("ij,ij->i", way, way)
        return np.clip(share, 0.0, 1.0)

    def _leave_out_lanes(self) -> None:
        if not self.has_any:
            return
        graph = _graph(self.begins, self.ends, self.lengths, self.count)
        _, piece = connected_components(graph, directed=False)
        metres = np.bincount(piece[self.begins], weights=self.lengths, minlength=int(piece.max()) + 1)
        keep = metres[piece[self.begins]] >= self.manner.least_network
        self.begins, self.ends, self.from_, self.to = (
            self.begins[keep],
            self.ends[keep],
            self.from_[keep],
            self.to[keep],
        )
        self.__dict__.pop("lengths", None)
        self.__dict__.pop("_tree", None)


def _numbered(squares: Numbers) -> Numbers:
    return squares[:, 0] * 2**32 + squares[:, 1]


def _corners(lines: Sequence[Any] | NDArray[Any]) -> tuple[Floats, Numbers]:
    """All drawn points, and the number of each that another of the same line follows."""
    parts = shapely.get_parts(np.asarray(lines, dtype=object)) if len(lines) else np.empty(0, object)
    places, line = shapely.get_coordinates(parts, return_index=True)
    return places, np.flatnonzero(line[1:] == line[:-1])


def _merged(places: Floats, join: float) -> Numbers:
    """The node of each drawn point: points that lie within ``join`` of one another are one."""
    if not len(places):
        return np.empty(0, np.int64)
    pairs = cKDTree(places).query_pairs(join, output_type="ndarray")
    close = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(places), len(places)))
    _, node = connected_components(close, directed=False)
    return node.astype(np.int64)


def _graph(rows: Numbers, columns: Numbers, metres: Floats, size: int) -> Any:
    """A graph to be walked both ways. Of two ways between the same nodes the shorter counts, as for a path drawn twice."""
    low, high = np.minimum(rows, columns), np.maximum(rows, columns)
    order = np.lexsort([metres, high, low])
    low, high, metres = low[order], high[order], metres[order]
    first = np.ones(len(low), bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    low, high, metres = low[first], high[first], np.maximum(metres[first], TINY)
    both = (np.concatenate([low, high]), np.concatenate([high, low]))
    return coo_array((np.concatenate([metres, metres]), both), shape=(size, size)).tocsr()
