"""The search side of the embedded index: tantivy beside SQLite, rebuilt from it whenever it is missing, damaged or
behind.

A *mark* is committed together with the documents: it names the SQLite file and the last change that the commit holds.
At start the mark decides: same file and same schema, then only later changes are replayed; anything else, and the
folder is made anew.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import tantivy
from tantivy import Query

from gateway.core.courtesy import give_way
from gateway.core.errors import ConfigurationError, RetriableError
from gateway.core.ports import IndexSearch
from gateway.core.record import UnionRecord
from index import plan
from index.analysts import Analysts, Job
from index.document import Document
from index.embedded import headings
from index.embedded.finding import Finder, Found, numbers
from index.embedded.listing import one_view
from index.embedded.store import Store
from index.embedded.translate import MARK, NUM, SCHEMA_VERSION, Translator, build_schema, to_tantivy
from index.embedded.walking import Walks
from index.gathering import gather
from index.query import make_plan
from index.request import check_bounds

_HEAP = 64_000_000
#: So many unions are read from the database at once.
_BATCH = 200
#: So many times as many are begun ahead of those that are written.
_AHEAD = 6
#: Headings of so many unions are written together, at least.
_LISTED = 2_000


class DamagedError(RetriableError):
    """The files of the search index cannot be read; SQLite can make them again."""


def beside(folder: Path, database: Path, progress: Callable[[int], None] | None = None) -> Search:
    """A search index made anew next to the one in ``folder``, for :meth:`Search.take`; in a thread of its own. The
    browse lists stay as they are."""
    store = Store(database, writable=False)
    fresh = Search(folder.with_name(f"{folder.name}.new"), writable=True, listing=False)
    try:
        one_view(store, lambda: fresh.rebuild(store, progress))  # what changes meanwhile follows in ``take``
    except BaseException:
        fresh.drop()
        raise
    finally:
        store.close()
    return fresh


class Search:
    """One tantivy index. ``open`` and ``catch_up`` belong to the writer's thread; ``find`` may run in any."""

    def __init__(self, folder: Path, *, writable: bool, listing: bool = True) -> None:
        """``listing``: whether the browse lists are written with it."""
        self._folder = folder
        self._listing = listing
        self._schema = build_schema()
        self._translator = Translator(self._schema)
        self._index: tantivy.Index | None = None
        self._writer: tantivy.IndexWriter | None = None
        self._writable = writable
        self._rebuilt: tantivy.Index | None = None  # not yet whole, so not yet searched
        self._broken_off = False  # whether the last commit failed
        self._held = 0  # the last change of the store that is committed here
        self._highest = 0  # no union of a higher number is here
        self._walks = Walks()
        self._generation = 0  # grows whenever searches may see something new
        self._analysts = Analysts()
        self._expected: dict[int, tuple[UnionRecord, Job, int]] = {}  # begun early: of what, where

    # Opening and keeping in step

    def open(self, store: Store, progress: Callable[[int], None] | None = None) -> None:
        """Make the search agree with the store. ``progress`` hears how many unions were indexed so far."""
        if not self._writable:
            self._open_for_reading(store)
            return
        held = self._try_open(store)
        if held is None:
            self.rebuild(store, progress)
            return
        assert self._index is not None
        self._writer = self._index.writer(_HEAP, 1)
        self._held, self._highest = held, store.highest_union()
        self.catch_up(store, progress)

    def rebuild(self, store: Store, progress: Callable[[int], None] | None = None) -> None:
        """Throw the folder away and index all that the store holds; ``find`` refuses until it is done."""
        self._index = self._writer = None
        self._walks.clear()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        index = tantivy.Index(self._schema, path=str(self._folder))
        index.config_reader(reload_policy="manual")
        self._writer = index.writer(_HEAP, 1)
        self._held = self._highest = 0
        if self._listing:
            headings.clear(store)
        self._rebuilt = index
        if store.last_change():
            self.catch_up(store, progress)
        else:
            self._mark(store)

    def _open_for_reading(self, store: Store) -> None:
        if self._try_open(store) is None:
            raise ConfigurationError(
                f"The search index in {self._folder} is missing or of another version; open it for writing once"
            )

    def _try_open(self, store: Store) -> int | None:
        """The last change that the folder holds; None when it cannot be used."""
        try:
            if not tantivy.Index.exists(str(self._folder)):
                return None
            index = tantivy.Index(self._schema, path=str(self._folder))
            index.config_reader(reload_policy="manual")  # borrows mutably: before another thread can see the index
            searcher = index.searcher()
            hits = searcher.search(Query.term_query(self._schema, "kind", "mark", "basic"), 1).hits
            mark = json.loads(str(searcher.doc(hits[0][1]).get_first(MARK)))
            if (mark["identity"], mark["schema"]) != (store.identity(), SCHEMA_VERSION):
                return None
            change = int(mark["change"])
            if searcher.num_docs - 1 != mark["unions"] or change > store.last_change():
                return None
        except (ValueError, OSError, LookupError, TypeError, RuntimeError):  # whatever a damaged folder may raise
            return None
        self._index = index
        return change

    # Writing

    def catch_up(self, store: Store, progress: Callable[[int], None] | None = None) -> None:
        """Index what changed in the store since the last commit here, and make it durable and visible.

        The same way after one change, after a crash and for a whole rebuild; when it fails, the next call does it all
        again.
        """
        if self._held == store.last_change():
            return
        assert self._writer is not None
        written, gone = store.touched_since(self._held)
        try:
            if self._broken_off:
                # What a commit that failed has left would be in the way of the next one of the same number.
                self._writer.garbage_collect_files()
                self._broken_off = False
            for num in gone:
                self._writer.delete_documents_by_term(NUM, num)
            self._list(store, {}, gone)
            listed: dict[int, Mapping[str, Mapping[str, str]]] = {}
            done = 0
            for part in self._documents(store, written):
                for num, made in part:
                    give_way()
                    if num <= self._highest:  # others were never here
                        self._writer.delete_documents_by_term(NUM, num)
                    self._writer.add_document(to_tantivy(num, made))
                    listed[num] = made.headings
                if len(listed) >= _LISTED:
                    self._list(store, listed)
                    listed = {}
                done += _BATCH
                if progress:
                    progress(min(done, len(written)))
            self._list(store, listed)
            self._mark(store)
        except BaseException:
            self._analysts.forget()
            self._expected.clear()
            self._broken_off = True
            self._highest = sys.maxsize  # perhaps all of it is here, and only the last step failed
            self._writer.rollback()
            raise

    def prepare(self, store: Store) -> None:
        """Let the documents of what was written a moment ago be made already, where others than we make them."""
        if not self._analysts.working:
            return
        fresh = [
            (num, union, added)
            for num, (union, added) in store.recent.items()
            if num not in self._expected or self._expected[num][0] is not union
        ]
        for start in range(0, len(fresh), _BATCH):
            part = fresh[start : start + _BATCH]
            job = self._analysts.begin([gather(union, added) for _, union, added in part])
            for place, (num, union, _) in enumerate(part):
                self._expected[num] = union, job, place

    def _documents(self, store: Store, nums: Sequence[int]) -> Iterator[list[tuple[int, Document]]]:
        """The documents of these unions, some hundred at a time; those of the next ones are begun before."""
        begun: deque[tuple[list[tuple[int, Job, int]], list[int], Job]] = deque()
        for start in range(0, len(nums), _BATCH):
            ready, others, found = [], [], []
            for num, union, added in store.written_unions(nums[start : start + _BATCH]):
                give_way()
                expected = self._expected.pop(num, None)
                if expected is not None and expected[0] is union:
                    ready.append((num, *expected[1:]))
                else:
                    others.append(num)
                    found.append(gather(union, added))
            begun.append((ready, others, self._analysts.begin(found)))
            if len(begun) > _AHEAD:
                yield self._made(*begun.popleft())
        while begun:
            yield self._made(*begun.popleft())
        self._expected.clear()

    def _made(
        self, ready: Sequence[tuple[int, Job, int]], others: Sequence[int], job: Job
    ) -> list[tuple[int, Document]]:
        found = [(num, self._analysts.result(early)[place]) for num, early, place in ready]
        return [*found, *zip(others, self._analysts.result(job), strict=True)]

    def _list(
        self, store: Store, unions: Mapping[int, Mapping[str, Mapping[str, str]]], gone: Iterable[int] = ()
    ) -> None:
        if self._listing:
            headings.write(store, [*gone, *[num for num in unions if num <= self._highest]], unions)

    def take(self, fresh: Search, store: Store) -> None:
        """Go on with what ``fresh`` made in another folder; searches see the one or the other, and never none."""
        fresh.catch_up(store)
        fresh.close()
        if self._writer is not None:
            self._writer.wait_merging_threads()
            self._writer = None
        old = self._folder.with_name(f"{self._folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        self._folder.rename(old)
        fresh._folder.rename(self._folder)
        self.open(store)
        self._generation += 1
        shutil.rmtree(old, ignore_errors=True)

    def _mark(self, store: Store) -> None:
        """Commit, together with the mark that tells which state of the store this is."""
        assert self._writer is not None
        statistics = store.statistics()
        mark = {
            "identity": store.identity(),
            "schema": SCHEMA_VERSION,
            "change": statistics["change"],
            "unions": statistics["unions"],
        }
        self._writer.delete_documents_by_query(Query.term_query(self._schema, "kind", "mark", "basic"))
        out = tantivy.Document()
        out.add_text("kind", "mark")
        out.add_text(MARK, json.dumps(mark))
        self._writer.add_document(out)
        self._writer.commit()
        if self._index is None:
            self._index, self._rebuilt = self._rebuilt, None
        assert self._index is not None
        self.reload()
        self._held, self._highest = statistics["change"], store.highest_union()

    @property
    def writing(self) -> bool:
        return self._writer is not None

    def reload(self) -> None:
        assert self._index is not None
        try:
            self._index.reload()
        except (ValueError, OSError):
            if self._writable:
                raise
            return  # the writer is just putting another folder here; what is open stays good till then
        self._generation += 1

    def close(self) -> None:
        self._analysts.close()
        self._walks.clear()
        if self._writer is not None:
            with contextlib.suppress(ValueError):
                self._writer.wait_merging_threads()
        self._writer = None
        self._index = None

    def drop(self) -> None:
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    # Searching

    def first(self, node: plan.Node, size: int) -> list[int]:
        """The numbers of the unions that match the plan best."""
        query = self._translator.query(node)
        index = self._index
        if index is None:
            raise RetriableError("The search index is being rebuilt; ask again in a moment", retry_after=5.0)
        with _damage_named():
            searcher = index.searcher()
            found = searcher.search(query, size, count=False, weight_by_field="prior")
            return numbers(searcher, [address for _, address in found.hits])

    def find(self, search: IndexSearch, *, forgiving: bool = False) -> Found:
        check_bounds(search)
        query = search.query
        wanted = plan.Everything() if query is None else make_plan(query, forgiving=forgiving)
        finder = Finder(self._translator, search, wanted)
        index = self._index
        if index is None:
            raise RetriableError("The search index is being rebuilt; ask again in a moment", retry_after=5.0)
        with _damage_named():
            if search.cursor is None:
                searcher = index.searcher()
                found = Found(*finder.page(searcher, search.start, search.size))
            else:
                name, view, position = self._walks.searcher(index, search, self._generation)
                searcher = view.searcher
                found = self._walks.step(name, view, position, finder, search, "nearly" if forgiving else "")
            years = finder.years(searcher) if search.histogram else ()
            return replace(found, facets=finder.facets(searcher), years=years)


@contextlib.contextmanager
def _damage_named() -> Iterator[None]:
    """Whatever tantivy raises while reading its own files means that they are damaged.

    A query was translated before; only the files are left to blame. Rust's panics come as a class that is no
    ``Exception``.
    """
    try:
        yield
    except (ValueError, OSError, OverflowError) as error:
        raise DamagedError("The search index is damaged", detail=str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise DamagedError("The search index is damaged", detail=str(error)) from None
