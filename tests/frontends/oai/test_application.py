"""The joint catalogue as a harvester finds it: every verb, every error, lists that change while they are read."""

from __future__ import annotations

import time

import pytest
from lxml import etree

from gateway.core.record import Flavour, RawRecord
from gateway.frontends.oai import Options, application
from gateway.protocols.oaipmh.errors import CODES
from gateway.records import keys
from gateway.records.normalise import normalise
from tests.support import peers
from tests.support.world import raw

OWN = "oai:lib.example:"


@pytest.fixture
def books():
    """As in conftest: seven novels of each library named."""

    def make(*sources: str):
        titles = ("红楼梦", "西游记", "水浒传", "三国演义", "儒林外史", "聊斋志异", "封神演义")
        return [
            normalise(raw(source, number, title, f"作者{title[:1]}著", year=1980 + number))
            for source in sources
            for number, title in enumerate(titles)
        ]

    return make


async def test_identify(oai):
    root = await oai.ask("Identify")
    found = {each.tag.rpartition("}")[2]: each.text for each in root.find("{*}Identify")}
    assert found["repositoryName"] == "馆 & <Lib>"
    assert found["baseURL"] == root.findtext("{*}request") == str(oai.http.make_url("/oai"))
    assert (found["protocolVersion"], found["deletedRecord"]) == ("2.0", "persistent")
    assert (found["granularity"], found["compression"]) == ("YYYY-MM-DDThh:mm:ssZ", "gzip")
    assert found["earliestDatestamp"] == root.findtext("{*}responseDate") == "2033-05-18T03:33:20Z"


async def test_formats_and_sets(oai, books):
    root = await oai.ask("ListMetadataFormats")
    assert [each.text for each in root.iterfind(".//{*}metadataPrefix")] == ["oai_dc", "marcxml", "mods"]
    await oai.unifier.add(books("xian", "别馆 1"))
    root = await oai.ask("ListSets")
    sets = {each.findtext("{*}setSpec"): each.findtext("{*}setName") for each in root.iterfind(".//{*}set")}
    assert sets["library:xian"] == "西安图书馆 / Xi'an & Library"
    assert sets["library:~522b~~9986~~20~1"] == "别馆 1"
    assert set(sets) >= {"library", "library:baoji", "sector", "sector:public", "sector:university"}
    assert len(await oai.all(set="library:~522b~~9986~~20~1")) == 7
    uid = (await oai.all("ListIdentifiers"))[0].findtext("{*}identifier")
    root = await oai.ask("ListMetadataFormats", identifier=uid)
    assert len(root.findall(".//{*}metadataFormat")) == 3


async def test_lists_give_every_union_once(oai, books):
    await oai.unifier.add(books("xian", "baoji"))
    unions = {keys.uid(record.id) for record in books("xian", "baoji")}
    for verb in ("ListRecords", "ListIdentifiers"):
        found = oai.ids(await oai.all(verb))
        assert len(found) == len(set(found)) == (await oai.index.statistics())["unions"]
        assert {identifier.removeprefix(OWN) for identifier, _ in found} <= unions
        assert not any(deleted for _, deleted in found)


async def test_tokens_count_and_end(oai, books):
    await oai.unifier.add(books("xian"))
    root = await oai.ask("ListRecords", metadataPrefix="oai_dc")
    cursors = []
    while (token := root.find(".//{*}resumptionToken")) is not None:
        cursors.append((token.get("cursor"), token.get("completeListSize"), bool(token.text)))
        if not token.text:
            break
        again = await oai.ask("ListRecords", resumptionToken=token.text)
        root = await oai.ask("ListRecords", resumptionToken=token.text)
        assert etree.tostring(again) == etree.tostring(root)  # a token may be used again
    assert cursors == [("0", "7", True), ("3", "7", True), ("6", "7", False)]


async def test_a_list_in_one_part_has_no_token(oai, described):
    await oai.unifier.add([normalise(described)])
    root = await oai.ask("ListRecords", metadataPrefix="oai_dc")
    assert root.find(".//{*}resumptionToken") is None


async def test_tokens_expire_and_are_checked(oai, books):
    await oai.unifier.add(books("xian"))
    root = await oai.ask("ListRecords", metadataPrefix="oai_dc")
    token = root.findtext(".//{*}resumptionToken")
    assert await oai.code("ListIdentifiers", resumptionToken=token) == "badResumptionToken"
    assert await oai.code("ListRecords", resumptionToken=token + "x") == "badResumptionToken"
    assert await oai.code("ListSets", resumptionToken=token) == "badResumptionToken"
    oai.now += 3 * 86_400 + 1
    assert await oai.code("ListRecords", resumptionToken=token) == "badResumptionToken"


async def test_another_gateway_goes_on_with_a_token(oai, books, aiohttp_like):
    await oai.unifier.add(books("xian"))
    token = (await oai.ask("ListRecords", metadataPrefix="oai_dc")).findtext(".//{*}resumptionToken")
    async with aiohttp_like(application(oai.index, (), Options(domain="lib.example"), clock=lambda: oai.now)) as other:
        response = await other.get("/", params={"verb": "ListRecords", "resumptionToken": token})
        root = etree.fromstring(await response.read())
    assert len(root.findall(".//{*}ListRecords/{*}record")) == 4


@pytest.fixture
def aiohttp_like():
    from aiohttp.test_utils import TestClient, TestServer

    return lambda app: TestClient(TestServer(app))


async def test_a_list_that_changes_while_it_is_read(oai, books):
    """Whoever follows the tokens ends with what the catalogue holds then."""
    made = books("xian")
    await oai.unifier.add(made)
    held: dict[str, str] = {}
    root = await oai.ask("ListRecords", metadataPrefix="oai_dc")
    step = 0
    while True:
        for record in root.findall(".//{*}ListRecords/{*}record"):
            ((identifier, deleted),) = oai.ids([record])
            held.pop(identifier, None)
            if not deleted:
                held[identifier] = record.findtext(".//{*}title")
        token = root.findtext(".//{*}resumptionToken")
        if not token:
            break
        if step == 0:
            await oai.unifier.delete([made[0].id, made[6].id])
            await oai.unifier.add([normalise(raw("xian", 5, "聊斋志异新编", year=1999))])
        elif step == 1:
            await oai.unifier.add([normalise(raw("xian", 77, "老残游记", year=1907))])
        step += 1
        root = await oai.ask("ListRecords", resumptionToken=token)
    now = {}
    for record in await oai.all():
        ((identifier, deleted),) = oai.ids([record])
        if not deleted:
            now[identifier] = record.findtext(".//{*}title")
    assert held == now
    assert set(held.values()) == {"西游记", "水浒传", "三国演义", "儒林外史", "聊斋志异新编", "老残游记"}


async def test_deletions_are_told_for_ever(oai, books):
    made = books("xian")
    await oai.unifier.add(made)
    await oai.unifier.delete([made[2].id])
    gone = OWN + keys.uid(made[2].id)
    assert (gone, True) in oai.ids(await oai.all())
    assert (gone, True) in oai.ids(await oai.all("ListIdentifiers", set="library:xian"))
    root = await oai.ask("GetRecord", identifier=gone, metadataPrefix="marcxml")
    assert root.find(".//{*}header").get("status") == "deleted"
    assert root.find(".//{*}metadata") is None
    await oai.unifier.add([made[2]])
    assert (gone, False) in oai.ids(await oai.all())


async def test_selective_by_set(oai, books):
    await oai.unifier.add(books("xian"))
    await oai.unifier.add(books("daxue")[:2])
    everything = oai.living(await oai.all())
    expected = {"library": 7, "sector": 7, "library:xian": 7, "sector:public": 7, "library:daxue": 2}
    for spec, count in {**expected, "sector:university": 2}.items():
        found = oai.living(await oai.all(set=spec))
        assert len(found) == count
        assert found <= everything
    for unknown in ("library:nobody", "sector:none", "x", "library:", "library:xian:x"):
        assert await oai.code("ListRecords", metadataPrefix="oai_dc", set=unknown) == "noRecordsMatch"
    for head in await oai.all("ListIdentifiers", set="library:daxue"):
        specs = {each.text for each in head.iterfind("{*}setSpec")}
        assert specs >= {"library:daxue", "sector:university"}


async def test_selective_by_date(oai, books):
    await oai.unifier.add(books("xian"))
    today = time.strftime("%Y-%m-%d", time.gmtime())
    head = (await oai.all("ListIdentifiers"))[0].findtext("{*}datestamp")
    assert len(await oai.all(from_="2000-01-01", until="2999-01-01")) == 7
    assert len(await oai.all(from_=head, until=head)) >= 1
    assert await oai.code("ListRecords", metadataPrefix="oai_dc", until="2000-01-01") == "noRecordsMatch"
    assert await oai.code("ListRecords", metadataPrefix="oai_dc", from_="2999-01-01") == "noRecordsMatch"
    assert head.startswith(today) or head > today


async def test_errors_of_every_kind(oai, books):
    assert await oai.code("ListRecords", metadataPrefix="oai_dc") == "noRecordsMatch"
    await oai.unifier.add(books("xian"))
    assert await oai.code("Nothing") == "badVerb"
    assert await oai.code("ListRecords") == "badArgument"
    assert await oai.code("ListRecords", metadataPrefix="oai_dc", from_="x") == "badArgument"
    assert await oai.code("ListRecords", metadataPrefix="x") == "cannotDisseminateFormat"
    uid = OWN + keys.uid(books("xian")[0].id)
    assert await oai.code("GetRecord", identifier=uid, metadataPrefix="x") == "cannotDisseminateFormat"
    for other in ("oai:lib.example:wnone", "oai:other:x", "x", OWN, keys.uid(books("xian")[0].id)):
        assert await oai.code("GetRecord", identifier=other, metadataPrefix="oai_dc") == "idDoesNotExist"
        assert await oai.code("ListMetadataFormats", identifier=other) == "idDoesNotExist"
    root = await oai.ask("ListRecords", metadataPrefix="oai_dc", bogus='"<&')
    assert dict(root.find("{*}request").attrib) == {}
    root = await oai.ask("GetRecord", identifier='"<&', metadataPrefix="oai_dc")
    assert root.find("{*}request").get("identifier") == '"<&'


@pytest.mark.parametrize("query", ["", "verb=%ff", "verb=Identify&%00=1", "&".join(f"a{n}=1" for n in range(200))])
async def test_rude_requests_are_answered(oai, query):
    response = await oai.http.get(f"/oai?{query}")
    root = etree.fromstring(await response.read())
    assert response.status == 200
    assert root.find("{*}error").get("code") in CODES


async def test_post_and_gzip(oai, books):
    await oai.unifier.add(books("xian"))
    response = await oai.http.post("/oai", data={"verb": "ListRecords", "metadataPrefix": "marcxml"})
    posted = etree.fromstring(await response.read())
    assert len(posted.findall(".//{*}ListRecords/{*}record")) == 3
    response = await oai.http.post("/oai", data=b"x" * 100_000)
    assert response.status == 413
    parameters = {"verb": "ListRecords", "metadataPrefix": "marcxml"}
    async with oai.http.session.get(
        oai.http.make_url("/oai"), params=parameters, headers={"Accept-Encoding": "gzip"}
    ) as packed:
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(etree.fromstring(await packed.read()).findall(".//{*}ListRecords/{*}record")) == 3
    async with oai.http.session.get(
        oai.http.make_url("/oai"), params=parameters, headers={"Accept-Encoding": "identity"}
    ) as bare:
        assert "Content-Encoding" not in bare.headers


# Formats


async def one(oai, prefix: str, record: RawRecord):
    await oai.unifier.add([normalise(record)])
    uid = OWN + keys.uid(normalise(record).id)
    root = await oai.ask("GetRecord", identifier=uid, metadataPrefix=prefix)
    return root.find(".//{*}metadata")[0]


async def test_dublin_core(oai, described):
    found = await one(oai, "oai_dc", described)
    values = [(each.tag.rpartition("}")[2], each.text) for each in found]
    assert ("title", "史记 & <本纪>") in values
    assert ("identifier", "urn:isbn:9787020002207") in values
    assert ("source", "xian") in values
    assert ("date", "2000") in values
    assert len(values) == len(set(values))


@pytest.mark.parametrize(("prefix", "form"), [("marcxml", "marcxml"), ("mods", "mods"), ("oai_dc", "dc")])
async def test_what_we_give_we_read(oai, described, prefix, form):
    own = normalise(described)
    found = await one(oai, prefix, described)
    read = normalise(RawRecord("joint", etree.tostring(found), form, local_id="1"))
    assert read.title.text == "史记 & <本纪>"
    assert read.year == own.year
    assert list(read.identifiers_of("isbn")) == ["9787020002207"]
    assert read.languages == own.languages
    assert [subject.text for subject in read.subjects] == [subject.text for subject in own.subjects]
    if prefix != "oai_dc":
        assert [copy.call_number for copy in read.holdings] == [copy.call_number for copy in own.holdings] == ["I242.4"]
    if prefix == "marcxml":
        assert [copy.barcode for copy in read.holdings] == ["xian000001"]


async def test_marcxml_has_everybodys_holdings(oai, books):
    made = [record for record in books("xian", "baoji", "daxue") if record.title.text == "红楼梦"]
    (union,) = await oai.unifier.add(made)
    root = await oai.ask("GetRecord", identifier=OWN + union.id, metadataPrefix="marcxml")
    marc = root.find(".//{*}metadata")[0]
    assert marc.findtext("{*}controlfield[@tag='001']") == union.id
    holders = [field.findtext("{*}subfield[@code='a']") for field in marc.findall("{*}datafield[@tag='852']")]
    assert sorted(holders) == ["baoji", "daxue", "xian"]
    numbers = [field.findtext("{*}subfield[@code='a']") for field in marc.findall("{*}datafield[@tag='035']")]
    assert sorted(numbers) == ["(baoji)000000", "(daxue)000000", "(xian)000000"]
    assert marc.find("{*}datafield[@tag='905']") is None
    read = normalise(RawRecord("nation", etree.tostring(marc), "marcxml", Flavour.UNIMARC))
    assert len(read.holdings) == 3
    assert not [warning for warning in read.warnings if "flavour" in warning.code]


# The published schemas


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(peers.data("oai-pyoai/src/oaipmh/tests/OAI-PMH.xsd"))))


async def test_every_answer_is_valid(oai, books, schema):
    made = books("xian", "baoji", "别馆 1")
    await oai.unifier.add(made)
    await oai.unifier.delete([record.id for record in made if record.title.text == "水浒传"])
    uid = OWN + keys.uid(made[0].id)
    first = await oai.ask("ListRecords", metadataPrefix="mods")
    token = first.findtext(".//{*}resumptionToken")
    union = (await oai.all("ListIdentifiers"))[0].findtext("{*}identifier")
    for verb, arguments in (
        ("Identify", {}),
        ("ListSets", {}),
        ("ListMetadataFormats", {}),
        ("ListRecords", {"metadataPrefix": "marcxml"}),
        ("ListRecords", {"resumptionToken": token}),
        ("ListIdentifiers", {"metadataPrefix": "oai_dc", "from_": "2000-01-01T00:00:00Z"}),
        ("GetRecord", {"identifier": union, "metadataPrefix": "mods"}),
        ("GetRecord", {"identifier": uid + "x", "metadataPrefix": "mods"}),
        ("ListRecords", {}),
        ("ListRecords", {"resumptionToken": "x"}),
        ("x", {}),
    ):
        schema.assertValid(await oai.ask(verb, **arguments))


async def test_marcxml_is_valid(oai, described):
    slim = etree.XMLSchema(etree.parse(str(peers.data("xbib-marc/src/test/resources/org/xbib/marc/MARC21slim.xsd"))))
    slim.assertValid(await one(oai, "marcxml", described))
