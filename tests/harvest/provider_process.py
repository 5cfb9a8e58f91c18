"""A repository for harvest tests: ``python provider_process.py FOLDER RECORDS`` makes an index of so many records (the
same ones every time) in FOLDER, prints the address of its OAI-PMH provider and serves until it is killed. Not a test
itself.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Iterator

from aiohttp import web

from gateway.core.record import Flavour, RawRecord, Record
from gateway.core.target import Target
from gateway.frontends.oai import Options, application
from gateway.records import iso2709
from gateway.records.marc import Field, MarcRecord
from gateway.records.normalise import normalise
from gateway.union import Unifier
from index.embedded import open_index

SEED = 20261121
_HAN = (
    "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈剑号巨阙珠称夜光"
)
TARGETS = (
    Target("xian", "file", name={"zh": "西安图书馆", "en": "Xi'an Library"}),
    Target("baoji", "file", name={"zh": "宝鸡图书馆", "en": "Baoji Library"}, sector="public"),
    Target("daxue", "file", name={"zh": "大学图书馆"}, sector="university"),
)


def records(count: int) -> Iterator[Record]:
    """``count`` records of three libraries; every fifth edition is held by two of them."""
    dice = random.Random(SEED)
    made = number = 0
    while made < count:
        title = "".join(dice.choices(_HAN, k=7))
        author = "".join(dice.choices(_HAN, k=3))
        year = dice.randint(1980, 2024)
        holders = dice.sample(TARGETS, 2 if number % 5 == 0 else 1)
        for library in holders[: count - made]:
            fields = [
                Field.control("001", f"{library.id}{number:07d}"),
                Field("010", " ", " ", [("a", isbn(number)), ("d", "CNY25.00")]),
                Field("100", " ", " ", [("a", f"20000101d{year}    em y0chiy50      ea")]),
                Field("101", "0", " ", [("a", "chi")]),
                Field("200", "1", " ", [("a", title), ("f", f"{author}著")]),
                Field("210", " ", " ", [("a", "西安"), ("c", "陕西人民出版社"), ("d", str(year))]),
                Field("215", " ", " ", [("a", f"{100 + number % 700}页")]),
                Field("606", "0", " ", [("a", "中国文学"), ("x", "研究")]),
                Field("690", " ", " ", [("a", f"I2{number % 100:02d}.4")]),
                Field("701", " ", "0", [("a", author), ("4", "著")]),
                Field(
                    "905", " ", " ", [("a", library.id.upper()), ("d", f"I2/{number}"), ("b", f"{library.id}{number}")]
                ),
            ]
            payload = iso2709.write(MarcRecord("00000nam0 2200000   450 ", fields), "utf-8")
            yield normalise(RawRecord(library.id, payload, "iso2709", Flavour.CNMARC, "utf-8"))
            made += 1
        number += 1


def isbn(number: int) -> str:
    body = f"9787{number:08d}"
    return body + str(-sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body)) % 10)


async def serve(folder: str, count: int) -> None:
    index = await open_index(folder)
    if not (await index.statistics())["records"]:
        unifier, batch = Unifier(index), []
        for record in records(count):
            batch.append(record)
            if len(batch) == 500:
                await unifier.add(batch)
                batch = []
        await unifier.add(batch)
    runner = web.AppRunner(application(index, TARGETS, Options(records=100)), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
