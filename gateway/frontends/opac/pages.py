"""The public pages as strings: everything escaped, one template a page, no input or output while rendering."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.core.answer import TREES, Answer
from gateway.core.ports import Completion, IndexScan, ScanPage
from gateway.core.query import Clause, Query
from gateway.core.record import UnionRecord
from gateway.core.target import State, Target, TargetStatus
from gateway.frontends.opac import around as surroundings
from gateway.frontends.opac import language as words
from gateway.frontends.opac import views, wording
from gateway.frontends.opac.facets import BAR_HEIGHT, FacetLinks, histogram, paging
from gateway.frontends.opac.links import SearchLinks, address, browse_at, exactly, search_for
from gateway.frontends.opac.wording import N_
from gateway.records.highlight import Highlighter
from gateway.records.labels import label
from gateway.records.trees import year_range
from gateway.union.around import ALONE, Around

_HERE = Path(__file__).parent

#: Words that the script fills in by itself when libraries answer late.
_SCRIPT_WORDS = {
    "new": N_("%(n)s records now, with the libraries that have answered since."),
    "done": N_("All libraries have been heard; nothing new was found."),
    "lost": N_("The connection broke; show the page again to see what has arrived since."),
    "found": N_("%(n)s found"),
    "seconds": N_("%(n)s s"),
}


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many libraries are in one state, and which, if it is no good news and they are few."""

    state: str
    text: str


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One library and how it fared."""

    id: str
    name: str
    state: str
    state_label: str
    cause: str
    detail: str  #: what its system said, word for word
    hits: int | None
    returned: int
    ms: float


class Pages:
    """Renders every public page in every language. Made once; safe to use from many requests."""

    languages = words.LANGUAGES

    def __init__(self, *, library_names: Mapping[str, Mapping[str, str]]) -> None:
        """``library_names``: target id → names by language (zh, en)."""
        self._names = {target: dict(names) for target, names in library_names.items()}
        self.static_dir: Path = _HERE / "static"
        self._assets: dict[str, str] = {}
        self._environments = {language: self._environment(language) for language in self.languages}

    def warm_up(self, answer: Answer) -> None:
        """Draw it up in every language, so that the first reader waits for no template and no table."""
        for language in self.languages:
            self.search(language, answer, params={"q": [answer.request.query.text]})

    def negotiate(self, accept_language: str, query_lang: str | None, cookie: str | None) -> str:
        """The language to render in."""
        return words.negotiate(accept_language, query_lang, cookie)

    def asset(self, name: str) -> str:
        """The address of a static file, with a hash of its content so that it may be cached for ever."""
        if name not in self._assets:
            digest = hashlib.blake2b((self.static_dir / name).read_bytes(), digest_size=6).hexdigest()
            self._assets[name] = address(f"/static/{name}", [("v", digest)])
        return self._assets[name]

    def home(self, lang: str, *, targets: Sequence[Target], statistics: Mapping[str, int]) -> str:
        """The start page. ``statistics``: counts of the index (``records``, ``unions``)."""
        examples = ("红楼梦", "作者:陈忠实", '"诗经"', "9787020002207")
        return self._render(
            lang,
            "home.html",
            alternate=lambda other: address("/", [("lang", other)]),
            libraries=[(target.id, self._name(lang, target.id, target)) for target in targets if target.enabled],
            statistics=statistics,
            examples=[(example, search_for(example)) for example in examples],
        )

    def search(
        self,
        lang: str,
        answer: Answer,
        *,
        params: Mapping[str, Sequence[str]],
        completions: Sequence[Completion] = (),
    ) -> str:
        """A page of results. ``params``: the request's own query parameters, from which all links are built;
        ``completions``: what may be typed instead."""
        links = SearchLinks(params)
        request = answer.request
        meant = answer.suggestion
        asked = Query(Clause("any", meant)) if meant else request.query
        highlighter = Highlighter(asked)
        name = partial(self._name, lang)
        facets = FacetLinks(links, lang, label, name)
        sort = wording.SORT_ALIASES.get(links.get("sort"), links.get("sort"))
        targets = [self._target_row(lang, status) for status in _worst_first(answer.targets)]
        return self._render(
            lang,
            "search.html",
            alternate=lambda other: links.with_(lang=other),
            query=links.get("q") or request.query.text,
            links=links,
            answer=answer,
            completions=completions,
            histogram=histogram(answer.years),
            year_ends=_year_ends(links.filters()),
            hits=[views.hit(union, lang, label, name, highlighter) for union in answer.records],
            facets=facets.facets(answer.facets),
            chips=facets.chips(),
            sort=sort if sort in wording.SORTS else "relevance",
            paging=paging(links, page=request.page, size=request.size, total=answer.total, shown=len(answer.records)),
            targets=targets,
            state_counts=self._state_counts(lang, targets),
            script=None if answer.complete else self._script_data(lang),
        )

    def browse(self, lang: str, asked: IndexScan, page: ScanPage, *, offered: Collection[str]) -> str:
        """A list of terms in their order. ``offered``: the lists that the index has."""
        name = partial(self._name, lang)
        facets = FacetLinks(SearchLinks({}), lang, label, name)
        terms = []
        for one in page.terms:
            shown = one.display or one.term
            if asked.index in ("form", "language"):
                shown = facets.value_label(asked.index, one.term)
            elif asked.index == "class":
                shown = facets.value_label("class", one.term.upper())
            terms.append((shown, one.count, exactly(asked.index, one.term)))
        first, last = (page.terms[0].term, page.terms[-1].term) if page.terms else ("", "")
        around = partial(address, "/browse")
        return self._render(
            lang,
            "browse.html",
            page_name="browse",
            alternate=lambda other: address("/browse", [("index", asked.index), ("term", asked.term), ("lang", other)]),
            asked=asked,
            lists=[(index, text) for index, text in wording.BROWSE.items() if index in offered],
            terms=terms,
            earlier=""
            if page.first or not first
            else around([("index", asked.index), ("term", first), ("before", str(asked.count))]),
            later="" if page.last or not last else around([("index", asked.index), ("term", last)]),
        )

    def record(
        self,
        lang: str,
        union: UnionRecord,
        *,
        back: str | None,
        alike: Sequence[UnionRecord] = (),
        around: Around = ALONE,
    ) -> str:
        """One union record in full. ``back``: the address of the search it was found by; ``alike``: similar ones;
        ``around``: other editions and what cataloguers decided."""
        name = partial(self._name, lang)
        libraries = views.holdings(union, lang, label, name)
        return self._render(
            lang,
            "record.html",
            alternate=lambda other: address(views.record_href(union), [("lang", other)]),
            union=union,
            record=union.record,
            hit=views.hit(union, lang, label, name),
            alike=[views.hit(other, lang, label, name) for other in alike],
            libraries=libraries,
            **surroundings.values(around, union, lang, label, name),
            back=back if back and back.startswith("/search?") else None,
            exports=[
                (title, address(views.record_href(union), [("format", form)]))
                for title, form in (("JSON", "json"), ("MARCXML", "marcxml"), ("ISO 2709", "iso2709"))
            ],
            linked_data=views.linked_data(union, libraries, words.TEXT_TAGS),
        )

    def targets(self, lang: str, targets: Sequence[Target], statuses: Mapping[str, TargetStatus]) -> str:
        """All libraries, with how each fared when it was last asked (``statuses`` by target id)."""
        rows = []
        for target in targets:
            status = statuses.get(target.id)
            row = self._target_row(lang, status, target) if status else None
            rows.append((target, self._name(lang, target.id, target), row))
        return self._render(
            lang, "targets.html", alternate=lambda other: address("/targets", [("lang", other)]), rows=rows
        )

    def error(self, lang: str, status: int, title: str, detail: str, links: Sequence[tuple[str, str]] = ()) -> str:
        """What went wrong, and the way on: a heading for the status in the reader's language, ``title`` for others;
        ``title`` and ``detail`` are shown as they are given. ``links``: text and address of what there is instead."""
        known = wording.PROBLEMS.get(status)
        return self._render(
            lang,
            "error.html",
            alternate=lambda other: address("/", [("lang", other)]),
            status=status,
            heading=words.catalogue(lang).gettext(known) if known else title,
            title=title,
            detail=detail,
            links=links,
        )

    def _render(self, lang: str, template: str, **values: Any) -> str:
        language = lang if lang in self._environments else self.languages[0]
        return self._environments[language].get_template(template).render(**values)

    def _environment(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
            auto_reload=False,
        )
        catalogue = words.catalogue(language)
        environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
        environment.globals["_"] = words.translator(catalogue)
        # A hundred libraries that are still awaited look the same on every page.
        environment.globals["target_item"] = lru_cache(maxsize=4_096)(
            lambda row: environment.get_template("_parts.html").module.target_item(row)  # type: ignore[attr-defined]
        )
        environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": False}
        environment.globals.update(
            asset=self.asset,
            lang=language,
            html_lang=words.TAGS[language],
            languages=[(code, words.TAGS[code], words.NAMES[code]) for code in self.languages],
            number=partial(words.number, language=language),
            text_tag=words.text_tag,
            search_for=search_for,
            browse_at=browse_at,
            bar_height=BAR_HEIGHT,
            TREES=TREES,
            safe_url=views.safe_url,
            code_label=lambda table, code: label(table, code, language),
            role=lambda contributor: views.role(contributor, language, label),
            warning_label=lambda warning: views.warning_label(warning, language, label),
            library_name=partial(self._name, language),
            wording=wording,
            State=State,
        )
        return environment

    def _name(self, lang: str, target_id: str, target: Target | None = None) -> str:
        names = self._names.get(target_id) or (target.name if target else {})
        return names.get(lang) or names.get("zh") or names.get("en") or target_id

    def _target_row(self, lang: str, status: TargetStatus, target: Target | None = None) -> TargetRow:
        translate = words.catalogue(lang).gettext
        diagnostic = status.diagnostic
        said = (diagnostic.message, diagnostic.detail, diagnostic.code) if diagnostic else ()
        name = self._name(lang, status.id, target)
        return TargetRow(
            id=status.id,
            name=status.name if name == status.id and status.name else name,
            state=status.state.value,
            state_label=translate(wording.STATES[status.state]),
            cause=translate(wording.CAUSES[wording.cause_key(status)]),
            detail=" · ".join(part for part in said if part),
            hits=status.hits,
            returned=status.returned,
            ms=status.ms,
        )

    def _state_counts(self, lang: str, rows: Sequence[TargetRow]) -> list[StateCount]:
        translate = words.catalogue(lang).gettext
        counts = []
        for state, message in wording.STATE_COUNTS.items():
            names = [row.name for row in rows if row.state == state]
            if not names:
                continue
            text = translate(message) % {"n": words.number(len(names), lang)}
            if state != State.OK and len(names) <= wording.NAMED:
                values = {"count": text, "names": translate(N_(", ")).join(names)}
                text = translate(wording.COUNT_WITH_NAMES) % values
            counts.append(StateCount(state, text))
        return counts

    def _script_data(self, lang: str) -> dict[str, object]:
        """All words that the script needs to show late answers as the server would."""
        translate = words.catalogue(lang).gettext
        return {
            "words": {key: translate(message) for key, message in _SCRIPT_WORDS.items()},
            "states": {state: translate(message) for state, message in wording.STATES.items()},
            "named": {"most": wording.NAMED, "with": translate(wording.COUNT_WITH_NAMES), "comma": translate(", ")},
            "counts": {state: translate(message) for state, message in wording.STATE_COUNTS.items()},
            "causes": {key: translate(message) for key, message in wording.CAUSES.items()},
            "kinds": dict(wording.KINDS),
        }


def _year_ends(filters: Sequence[str]) -> tuple[str, str]:
    """The range of years that is chosen, as the form shows it."""
    for value in filters:
        facet, _, years = value.partition(":")
        ends = year_range(years) if facet == "year" else None
        if ends:
            return ("" if ends[0] is None else str(ends[0]), "" if ends[1] is None else str(ends[1]))
    return ("", "")


def _worst_first(statuses: Iterable[TargetStatus]) -> list[TargetStatus]:
    """Libraries that failed before those still awaited before those that answered, else in the order asked."""
    order = {State.OK: 2, State.WAITING: 1}
    return sorted(statuses, key=lambda status: order.get(status.state, 0))
