"""OAI-PMH: records per second that the provider gives, by format, and that a harvest writes to an index of its own."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time

from aiohttp import web

from connectors.oai_pmh import connect
from gateway.core.record import Flavour, RawRecord, Record
from gateway.core.target import Target
from gateway.frontends.oai import application
from gateway.harvest import Harvester
from gateway.records import iso2709
from gateway.records.marc import Field, MarcRecord
from gateway.records.normalise import normalise
from gateway.union import Unifier
from index.embedded import open_index

_SEED = 20261121
_HAN = (
    "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈剑号巨阙珠称夜光"
)


def records(count: int) -> list[Record]:
    dice = random.Random(_SEED)
    out = []
    for number in range(count):
        title, author = "".join(dice.choices(_HAN, k=7)), "".join(dice.choices(_HAN, k=3))
        year = str(dice.randint(1980, 2024))
        fields = [
            Field.control("001", f"{number:09d}"),
            Field("100", " ", " ", [("a", f"20000101d{year}    em y0chiy50      ea")]),
            Field("101", "0", " ", [("a", "chi")]),
            Field("200", "1", " ", [("a", title), ("f", f"{author}著")]),
            Field("210", " ", " ", [("a", "西安"), ("c", "陕西人民出版社"), ("d", year)]),
            Field("215", " ", " ", [("a", f"{100 + number % 700}页")]),
            Field("330", " ", " ", [("a", f"本书论述{title}，分{dice.randint(3, 12)}章。")]),
            Field("606", "0", " ", [("a", "中国文学"), ("x", "研究")]),
            Field("690", " ", " ", [("a", f"I2{number % 100:02d}.4")]),
            Field("701", " ", "0", [("a", author), ("4", "著")]),
            Field("905", " ", " ", [("a", "SX"), ("d", f"I2/{number}"), ("b", f"SX{number}")]),
        ]
        payload = iso2709.write(MarcRecord("00000nam0 2200000   450 ", fields), "utf-8")
        out.append(normalise(RawRecord("sx", payload, "iso2709", Flavour.CNMARC, "utf-8")))
    return out


def run() -> None:
    asyncio.run(_run(int(os.environ.get("WENYUAN_BENCH_OAI", "5000"))))


async def _run(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        index = await open_index(f"{folder}/provider")
        unifier = Unifier(index)
        made = records(count)
        for start in range(0, count, 500):
            await unifier.add(made[start : start + 500])
        await index.refresh()
        runner = web.AppRunner(application(index), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        print(f"OAI-PMH: {count} union records (made, seed {_SEED}), provider and harvester in one process")
        for prefix in ("oai_dc", "marcxml", "mods"):
            connector = connect(Target("bench", "oai_pmh", url, options={"prefix": prefix}))
            began = time.perf_counter()
            got = sum([len(batch.records) async for batch in connector.harvest()])
            took = time.perf_counter() - began
            assert got == count
            print(f"  {prefix:8} given and read      {got / took:9,.0f} records/s")
            await connector.close()
        target = Target("bench", "oai_pmh", url, options={"prefix": "marcxml"})
        connector = connect(target)
        copy = await open_index(f"{folder}/copy")
        report = await Harvester(copy, Unifier(copy)).run(target, connector)
        print(
            f"  harvest into an index        {report.received / report.seconds:9,.0f} records/s"
            " (clustered, durable, searchable)"
        )
        again = await Harvester(copy, Unifier(copy)).run(target, connector, full=True)
        print(f"  the same harvest again       {again.received / again.seconds:9,.0f} records/s (nothing changes)")
        await connector.close()
        await copy.close()
        await runner.cleanup()
        await index.close()


if __name__ == "__main__":
    run()
