"""One representative for all shapes of a Han character: traditional, simplified, Japanese and variant (异体) forms.

The classes come from OpenCC's character dictionaries, asked character by character (never by phrase), so that the
result does not depend on neighbours and a part of a string folds like the whole. A Japanese form is followed only
where it is not at the same time an everyday Chinese character of its own (芸, 欠, 缶 … mean other things in Chinese
than 藝, 缺, 罐).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

#: Variant and its usual form where OpenCC knows none; pairs, one after another. Sources: 第一批异体字整理表 (1955)
#: with its corrections, 通用规范汉字表 (2013), and the Japanese simplified forms that OpenCC maps to an older Chinese
#: form.
_PAIRS: Final = (
    "眘慎昚慎叜叟蘂蕊蕋蕊噐器翺翱燿耀烖灾秌秋龝秋穐秋疂叠疉叠嶋岛嶌岛塲场亊事扵于剏创刱创剙创凴凭軆体躰体飈飙聨联皃貌"
    "廰厅厛厅厰厂蘓苏盌碗劔剑釼剑剱剑劒剑乕虎嬾懒籖签懴忏刦劫刼劫刧劫冩写飃飘鱻鲜畍界夀寿埜野昿旷疎疏踈疏砿矿鑛矿丗世"
    "卋世渕渊廐厩怱匆悤匆徃往缾瓶蝿蝇桮杯鑵罐裠裙帬裙罸罚愽博捴总搃总龢和啔启尒尔尓尔犇奔觔斤飜翻繙翻觧解攷考氷冰懽欢"
    "驩欢堦阶蔴麻秐耘舗铺暎映亾亡夲本朶朵亰京庿庙呉吴娯娱諌谏朖朗讃赞囘回廻回囬回蟁蚊鬪斗鬭斗鬦斗彊强彜彝逹达桒桑楳梅"
    "瑯琅皷鼓皼鼓迯逃閙闹碕崎糺纠畄留諠喧徧遍隣邻邉边濶阔駈驱恊协姉姊擧举竝并倂并鄕乡寗宁羙美靣面呌叫甦苏讌宴燄焰畧略"
    "勅敕勑敕嵒岩朞期躶裸粧妆栢柏枩松柗松碁棋煖暖猨猿蝯猿袴裤讐仇阯址韮韭飡餐飱餐駞驼騐验鵞鹅鴈雁鼈鳖槀稿稾稿棃梨緖绪"
    "緜绵肎肯脗吻臯皋皐皋葢盖襍杂覩睹譌讹迺乃廼乃遯遁邨村醕醇隄堤隖坞韈袜餧喂髙高麤粗麄粗著着锺钟馀余衹只秖只値值欝郁"
    "巓巅凾函囯国圀国圡土斈学秊年壻婿珎珍玅妙弍二弐贰寳宝珤宝宲实吿告戸户靑青淸清硏研槪概衞卫尙尚歴历暦历枱台荅答咊和"
    "秔粳粇粳稉粳烱炯冐冒幙幕慙惭懐怀徳德悳德恵惠惪德擕携攩挡叅参絫累鉏锄耡锄罇樽橤蕊櫂棹歗啸歩步毘毗汚污浄净湼涅潄漱"
    "澁涩灋法炤照牋笺牓榜牕窗窓窗窻窗牐闸犂犁玨珏瑠琉瓈璃瓌瑰畊耕畮亩畆亩痺痹砲炮礮炮碪砧禩祀竒奇竢俟竸竞筯箸箎篪簷檐"
    "籐藤糭粽聦聪聡聪脇胁臕膘艣橹芲花苺莓荘庄庒庄菓果葅菹蕚萼蔕蒂薬药虖呼蛕蛔蜨蝶蠏蟹衒炫衖巷袵衽褎袖槼规豓艳賸剩趂趁"
    "蹔暂蹵蹴酧酬盋钵錬炼鎗枪関关阬坑陗峭隂阴隷隶鶏鸡霤溜鞌鞍頼赖飇飙餹糖騣鬃騌鬃鴎鸥鹸碱硷碱麺面鼃蛙斉齐"
    # Zero: the circle that many keyboards give instead of the ideograph, and the full form.
    "〇零○零◯零"
)

_BLOCKS: Final = ((0x3007, 0x3008), (0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x323B0))


def is_han(character: str) -> bool:
    """Whether it is an ideograph (or 々, 〆, 〇, which stand for one)."""
    point = ord(character)
    return (
        0x4E00 <= point < 0xA000
        or 0x3400 <= point < 0x4DC0
        or 0x20000 <= point < 0x323B0
        or 0xF900 <= point < 0xFB00
        or 0x3005 <= point <= 0x3007
    )


@lru_cache(maxsize=1)
def representatives() -> dict[str, str]:
    """Every Han character whose representative is another one, with it. Built once, in about a tenth of a second."""
    from opencc import OpenCC

    everything = [chr(point) for first, last in _BLOCKS for point in range(first, last)]
    # One character a line: phrases cannot form, and one call does them all.
    listed = "\n".join(everything)
    simplified = _changes(everything, OpenCC("t2s").convert(listed))
    japanese = _changes(everything, OpenCC("jp2t").convert(listed))
    variants = dict(zip(_PAIRS[0::2], _PAIRS[1::2], strict=True))

    def represent(character: str) -> str:
        seen = variants.get(character, character)
        if seen in japanese and not _everyday(seen):
            seen = japanese[seen]
        seen = variants.get(seen, seen)
        seen = simplified.get(seen, seen)
        return variants.get(seen, seen)

    table: dict[str, str] = {}
    for character in dict.fromkeys([*variants, *simplified, *japanese]):
        last, seen = character, represent(character)
        while seen != last:
            last, seen = seen, represent(seen)
        if seen != character:
            table[character] = seen
    return table


def _changes(characters: list[str], converted: str) -> dict[str, str]:
    lines = converted.split("\n")
    return {old: new for old, new in zip(characters, lines, strict=True) if old != new and len(new) == 1}


def _everyday(character: str) -> bool:
    """Whether the character is one of GB 2312: then it has a use of its own in Chinese."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
