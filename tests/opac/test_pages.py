from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml.html import HtmlElement

from gateway.core.answer import Scope
from gateway.core.record import Holding, Record, Title, UnionRecord
from gateway.core.target import Diagnostic, State, TargetStatus
from gateway.federation.warmth import warm_up
from gateway.frontends.opac import Pages
from gateway.frontends.opac.views import LISTED
from gateway.frontends.opac.wording import CAUSES, RULES, STATE_COUNTS, STATES, cause_key
from gateway.records import matching
from gateway.records.clusters import JOINED
from tests.opac import samples

Parse = Callable[[str], HtmlElement]
Q = {"q": ["红楼梦"]}
KINDS = [
    "configuration",
    "fatal",
    "retriable",
    "timeout",
    "data",
    "protocol",
    "local-protocol",
    "remote-protocol",
    "query",
    "query-syntax",
    "unsupported",
    "new",
]


def text(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def one(document: HtmlElement, path: str) -> HtmlElement:
    (found,) = document.xpath(path)
    return found


@pytest.fixture
def search(pages: Pages, parse: Parse) -> Callable[..., HtmlElement]:
    def render(language: str = "zh", params: dict[str, list[str]] | None = None, **more: object) -> HtmlElement:
        return parse(pages.search(language, samples.answer(**more), params=params or Q))

    return render


def test_hits_show_title_responsibility_publication_and_libraries(search: Callable[..., HtmlElement]) -> None:
    document = search()
    first = document.xpath("//ol[@class='hits']/li")[0]
    assert text(one(first, ".//h3/a")) == "红楼梦"
    assert one(first, ".//h3/a").get("href") == "/records/waaaaaaaaaaaaaa1"
    assert one(first, ".//h3/a").get("lang") == "zh"
    assert "曹雪芹著" in text(one(first, ".//p[@class='by']"))
    assert [text(part) for part in first.xpath(".//p[@class='facts']/span")] == [
        "图书",
        "人民文学出版社",
        "2008",
        "3版",
    ]
    assert text(one(first, ".//summary")) == "7 个图书馆有收藏2 个馆可借"
    rows = first.xpath(".//tbody")
    assert [text(row.xpath(".//th")[0]) for row in rows][:2] == ["陕西省图书馆", "榆林市星元图书馆"]
    assert "古籍部 上册" in text(rows[0])
    assert "应还日期 2025年7月1日" in text(first)


def test_a_library_without_copy_data_still_counts_as_one_that_has_it(search: Callable[..., HtmlElement]) -> None:
    fifth = search().xpath("//ol[@class='hits']/li")[4]
    assert text(one(fifth, ".//summary")) == "1 个图书馆有收藏"
    assert "该馆有此书目" in text(one(fifth, ".//tbody"))


def test_the_count_tells_when_it_is_an_estimate(search: Callable[..., HtmlElement]) -> None:
    exact = text(one(search(), "//p[@class='count']"))
    estimate = search(total=12345, total_is_estimate=True)
    assert exact.startswith("203 条记录")
    assert text(one(estimate, "//p[@class='count']")).startswith("约 12,345 条记录")
    assert "此为估计数" in text(one(estimate, "//p[@class='estimate']"))
    bounded = search(total=300, total_is_estimate=True, estimate=(300, 4500, 90000))
    assert text(one(bounded, "//p[@class='count']")).startswith("约 4,500 条记录")
    assert "至少 300 条，至多 90,000 条" in text(one(bounded, "//p[@class='estimate']"))


def test_an_answer_from_before_tells_its_age(search: Callable[..., HtmlElement]) -> None:
    assert "秒前" not in text(one(search(age=0.4), "//p[@class='count']"))
    assert "各馆答复取自 75 秒前" in text(one(search(age=75.2), "//p[@class='count']"))


def test_every_library_is_told_with_state_and_cause(search: Callable[..., HtmlElement]) -> None:
    document = search()
    asked = text(one(document, "//p[@id='asked']"))
    assert asked.startswith("已询问 12 个图书馆： 7 个已应答")
    assert "1 个超时（延安中山图书馆）" in asked
    assert "1 个失败（汉中市图书馆）" in asked
    rows = {row.get("data-target"): row for row in document.xpath("//li[@class='target']")}
    assert rows.keys() == samples.LIBRARIES.keys()
    assert "未在时限内应答" in text(rows["yanan"])
    assert "Connection refused" in text(rows["hanzhong"])
    assert "bib1:114" in text(rows["ankang"])
    assert "命中 214 条" in text(rows["shaanxi"])
    assert list(rows)[-1] == "hancheng"  # what failed comes first


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", list(State))
def test_every_state_and_kind_has_words(pages: Pages, language: str, kind: str, state: State) -> None:
    status = TargetStatus("x", "X", state, diagnostic=Diagnostic("m", kind=kind))
    html = pages.search(language, samples.answer(targets=(status,)), params=Q)
    assert cause_key(status) in CAUSES
    assert 'data-target="x"' in html
    assert state in STATES
    assert state in STATE_COUNTS


def test_many_libraries_in_trouble_are_counted_not_named(search: Callable[..., HtmlElement]) -> None:
    slow = tuple(TargetStatus(f"l{n}", f"馆{n}", State.TIMEOUT) for n in range(3))
    assert text(one(search(targets=slow), "//p[@id='asked']")) == "已询问 3 个图书馆： 3 个超时"
    assert "（馆0、馆1）" in text(one(search(targets=slow[:2]), "//p[@id='asked']"))


def test_no_library_at_all(search: Callable[..., HtmlElement]) -> None:
    document = search(targets=())
    assert "没有可询问的图书馆" in text(one(document, "//p[@id='asked']"))
    assert document.xpath("//*[@id='targets']") == []
    index_only = search(targets=(), request=samples.request(scope=Scope.INDEX))
    assert "只检索了共享目录" in text(one(index_only, "//p[@id='asked']"))


def test_facets_filter_and_chips_remove(search: Callable[..., HtmlElement]) -> None:
    params = {"q": ["红楼梦"], "filter": ["form:book"], "page": ["2"], "lang": ["zh"]}
    document = search(params=params)
    book, serial = document.xpath("//details[@data-facet='form']//li/a")[:2]
    assert parse_qs(urlsplit(serial.get("href")).query)["filter"] == ["form:book", "form:serial"]
    assert "page" not in parse_qs(urlsplit(serial.get("href")).query)
    assert "filter" not in parse_qs(urlsplit(book.get("href")).query)
    chip = one(document, "//a[@class='chip']")
    assert text(chip).startswith("类型 图书")
    assert "filter" not in parse_qs(urlsplit(chip.get("href")).query)
    facets = [text(heading) for heading in document.xpath("//section[@id='facets']//h3")]
    expected = ["状态", "图书馆", "类型", "语种", "年份", "主题", "分类号", "地区"]
    assert facets == expected


def test_an_unknown_facet_in_the_address_does_no_harm(search: Callable[..., HtmlElement]) -> None:
    document = search(params={"q": ["x"], "filter": ["colour:red", "", ":"]})
    assert [text(chip.xpath("span")[0]) for chip in document.xpath("//a[@class='chip']")] == ["colour", "", ""]


@pytest.mark.parametrize(
    ("asked", "chosen"), [("", "relevance"), ("newest", "newest"), ("-year", "newest"), ("zzz", "relevance")]
)
def test_the_order_in_force_is_chosen(search: Callable[..., HtmlElement], asked: str, chosen: str) -> None:
    document = search(params={"q": ["x"], "sort": [asked], "filter": ["form:book"], "page": ["3"]})
    assert one(document, "//select[@name='sort']/option[@selected]").get("value") == chosen
    hidden = {item.get("name"): item.get("value") for item in document.xpath("//form[@class='sort']/input")}
    assert hidden == {"q": "x", "filter": "form:book"}


def test_an_empty_answer_gives_advice_that_fits(pages: Pages, parse: Parse) -> None:
    params = {"q": ["红缕梦"], "filter": ["form:book"], "index": ["title"], "targets": ["shaanxi"]}
    request = samples.request(scope=Scope.INDEX, targets=("shaanxi",))
    document = parse(pages.search("zh", samples.empty_answer(request=request), params=params))
    links = {text(link): link.get("href") for link in document.xpath("//section[@class='nothing']//a")}
    assert list(links) == ["去掉筛选条件再查", "在全部字段中检索", "同时询问各馆系统", "在全部图书馆中检索", "再查一次"]
    assert "index" not in parse_qs(urlsplit(links["在全部字段中检索"]).query)
    assert "targets" not in parse_qs(urlsplit(links["在全部图书馆中检索"]).query)
    assert one(document, "//details[@id='targets']").get("open") is not None


def test_a_page_beyond_the_last_leads_back(pages: Pages, parse: Parse) -> None:
    answer = samples.answer(records=(), total=30, request=samples.request(page=9))
    document = parse(pages.search("en", answer, params={"q": ["x"], "page": ["9"]}))
    assert "There are no more records on this page." in text(document)
    assert "page" not in one(document, "//section[@class='nothing']//a[text()='Go to the first page']").get("href")


def test_late_libraries_are_followed_only_while_the_answer_is_incomplete(search: Callable[..., HtmlElement]) -> None:
    assert search().xpath("//*[@id='late']") == []
    late = one(search(complete=False, targets=samples.WAITING), "//*[@id='late']")
    assert parse_qs(urlsplit(late.get("data-stream")).query) == {"q": ["红楼梦"], "format": ["sse"], "brief": ["1"]}
    assert late.get("data-shown").split()[0] == "waaaaaaaaaaaaaa1:7"
    words = json.loads(late.get("data-words"))
    assert words["states"].keys() == {state.value for state in State}
    assert words["causes"]["error/retriable"] == "无法连接，或对方过于繁忙；请稍后再试。"


def test_the_record_page_tells_all(pages: Pages, parse: Parse) -> None:
    document = parse(pages.record("zh", samples.HONGLOU, back="/search?q=x"))
    fields = [
        (text(row.xpath("dt")[0]), text(row.xpath("dd")[0])) for row in document.xpath("//dl[@class='fields']/div")
    ]
    expected = [
        ("并列题名", "A dream of red mansions"),
        ("其他题名", "石头记"),
        ("拼音", "hong lou meng"),
        ("责任者", "曹雪芹 [清] 约1715-约1763 著 无名氏 [清] 续 中国艺术研究院红楼梦研究所 校注"),
        ("版本", "3版"),
        ("出版发行", "北京 : 人民文学出版社, 2008"),
        ("载体形态", "2册 (1606页) ; 21cm"),
        ("丛书", "中国古典文学读本丛书 ; 第1辑"),
        ("语种", "中文"),
        ("主题", "章回小说--中国--清代红楼梦"),
        ("中图分类号", "I242.47 5"),
        ("读者对象", "成人"),
        ("附注", "据庚辰本排印附校记"),
        ("链接", "扫描本"),
        ("ISBN", "9787020002207 (平装) CNY59.70"),
        ("ISBN", "7020002206 原书如此，校验不合格"),
        ("统一书号", "10019·2882"),
    ]
    assert [row for row in expected if row not in fields] == []
    assert [link.get("href") for link in document.xpath("//section[@class='exports']//a")] == [
        f"/records/{samples.HONGLOU.id}?format={form}" for form in ("json", "marcxml", "iso2709")
    ]
    members = [text(row) for row in document.xpath("//table[contains(@class, 'members-table')]/tbody/tr")]
    assert len(members) == 7
    assert members[0] == "陕西省图书馆 红楼梦010$a: ISBN 校验不通过Something odd 000123 CNMARC, gbk"
    assert len(document.xpath("//ul[@class='why']/li")) == 6
    assert "一致： 题名、ISBN、年份、出版者" in text(document.xpath("//ul[@class='why']/li")[0])
    assert "ISBN、题名及责任者、出版者、年份、页数中的三项一致" in text(document.xpath("//ul[@class='why']/li")[0])
    assert one(document, "//p[@class='back']/a").get("href") == "/search?q=x"
    data = json.loads(one(document, "//script[@type='application/ld+json']").text)
    assert data["@type"] == "Book"
    assert data["isbn"] == ["9787020002207"]
    assert data["inLanguage"] == ["zh"]


@pytest.mark.parametrize(
    "back", [None, "", "https://evil.example/search?q=x", "//evil.example/search?", "javascript:alert(1)"]
)
def test_the_way_back_leads_nowhere_else(pages: Pages, back: str | None) -> None:
    html = pages.record("zh", samples.HONGLOU, back=back)
    assert "evil" not in html
    assert 'class="back"' not in html


def test_a_record_with_nothing_in_it_has_a_page(pages: Pages, parse: Parse) -> None:
    record = Record(id="x:1", source="x", local_id="1")
    document = parse(pages.record("en", UnionRecord("w1", record, (record,)), back=None))
    assert text(one(document, "//h1")) == "(no title)"
    hits = pages.search("en", samples.answer(records=(UnionRecord("w1", record, (record,)),)), params=Q)
    assert "(no title)" in hits


def test_the_libraries_page_tells_no_secrets(pages: Pages, parse: Parse) -> None:
    statuses = {status.id: status for status in samples.STATUSES[:10]}
    targets = (*samples.TARGETS[:-1], replace(samples.TARGETS[-1], enabled=False))
    html = pages.targets("zh", targets, statuses)
    rows = parse(html).xpath("//tbody/tr")
    assert len(rows) == 12
    assert "secret-9" not in html
    assert "reader" not in html
    assert "尚未询问" in text(rows[10])
    assert "已停用" in text(rows[11])
    assert "无法连接" in text(rows[6])


def test_the_start_page(pages: Pages, parse: Parse) -> None:
    document = parse(pages.home("en", targets=samples.TARGETS, statistics={"records": 1284, "unions": 402}))
    numbers = [text(item) for item in document.xpath("//section[contains(@class, 'numbers')]//dd")]
    assert numbers == ["12", "402", "1,284"]
    assert one(document, "//form[@role='search']").get("action") == "/search"
    assert "Xi'an Library" in text(document)


def test_every_rule_of_merging_is_told_in_words() -> None:
    assert RULES.keys() == {*matching.RULES, JOINED}


def test_roles_are_told_as_written_to_who_can_read_it(pages: Pages, parse: Parse) -> None:
    english = text(parse(pages.record("en", samples.HONGLOU, back=None)))
    assert "中国艺术研究院红楼梦研究所 annotator" in english


def test_errors_say_what_they_are_told(pages: Pages, parse: Parse) -> None:
    document = parse(pages.error("zh", 400, "Bad query", "Position 7: a bracket is open"))
    assert text(one(document, "//h1")) == "检索式无法执行"
    assert text(one(document, "//p[@class='error-detail'][@lang='en']")) == "Position 7: a bracket is open"
    assert "Bad query" in text(document)
    assert text(one(parse(pages.error("en", 418, "I am a teapot", "")), "//h1")) == "I am a teapot"


@pytest.mark.parametrize(
    ("library", "location", "place"),
    [
        ("SXLIB", "保存本书库", "保存本书库"),
        ("SXLIB", "", "SXLIB"),
        ("城关分馆", "借阅室", "城关分馆 / 借阅室"),
        ("East Branch", "2F", "East Branch / 2F"),
        ("陕西省图书馆", "", "—"),
    ],
)
def test_places_are_told_in_words_that_mean_something(
    pages: Pages, parse: Parse, library: str, location: str, place: str
) -> None:
    copy = Holding(source="shaanxi", library=library, location=location)
    found = samples.union("w", Title("红楼梦"), "", "", 2000, (copy,))
    assert text(one(parse(pages.record("zh", found, back=None)), "//td[@data-label='馆藏地点']")) == place


def test_static_files_are_addressed_with_their_hash(pages: Pages) -> None:
    for name in ("wenyuan.css", "wenyuan.js", "favicon.svg"):
        assert (pages.static_dir / name).is_file()
        assert pages.asset(name).startswith(f"/static/{name}?v=")
    assert pages.asset("wenyuan.css") != pages.asset("wenyuan.js").replace(".js", ".css")


def test_an_unknown_language_is_answered_in_chinese(pages: Pages) -> None:
    assert '<html lang="zh-Hans">' in pages.error("xx", 404, "a", "b")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_accessible_in_its_structure(
    every_page: Callable[[str], dict[str, str]], parse: Parse, language: str
) -> None:
    for name, html in every_page(language).items():
        document = parse(html)
        ids = document.xpath("//@id")
        assert len(ids) == len(set(ids)), name
        assert len(document.xpath("//main")) == 1, name
        assert len(document.xpath("//h1")) == 1, name
        assert document.xpath("//body/a[@class='skip']/@href") == ["#main"], name
        for control in document.xpath("//input[not(@type='hidden')] | //select"):
            assert document.xpath(f"//label[@for='{control.get('id')}']"), name
        for reference in document.xpath("//@aria-labelledby"):
            assert reference in ids, (name, reference)
        for link in document.xpath("//a"):
            assert text(link), name
        for link in document.xpath("//a[starts-with(@href, '#')]/@href"):
            assert link[1:] in ids, (name, link)
        levels = [int(heading.tag[1]) for heading in document.xpath("//h1 | //h2 | //h3 | //h4")]
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), (name, levels)
        assert document.xpath("//*[@style] | //style | //script[not(@src) and not(@type)] | //@onclick") == [], name
        hosts = {urlsplit(address).netloc for address in document.xpath("//link/@href | //script/@src | //img/@src")}
        assert hosts <= {""}, name


@pytest.mark.parametrize("count", [LISTED, LISTED + 3])
def test_a_list_names_the_first_libraries_and_the_record_all(count, search, pages: Pages, parse: Parse):
    held = samples.copies(*(f"library-{n}" for n in range(count)))
    held += tuple(replace(held[0], barcode=f"62000{n:05d}") for n in range(20))
    union = samples.union("waaaaaaaaaaaaaa9", Title("红楼梦"), "曹雪芹著", "人民文学出版社", 2008, held)
    hit = one(search(records=(union,)), "//article")
    assert len(hit.xpath(".//table//tbody")) == LISTED
    assert len(hit.xpath(".//table//tbody[1]/tr")) == LISTED
    assert str(count) in text(one(hit, ".//summary"))
    links = hit.xpath(".//p[@class='all-held']/a")
    assert [link.get("href") for link in links] == ["/records/waaaaaaaaaaaaaa9#copies-title"] * (count > LISTED)
    record = parse(pages.record("zh", union, back=None))
    assert record.xpath("//*[@id='copies-title']")
    assert len(record.xpath("//table[contains(@class, 'holdings')]/tbody")) == count


def test_pages_get_warm_by_an_answer_of_the_federation(pages: Pages):
    pages.warm_up(warm_up())
