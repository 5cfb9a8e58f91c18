"""How common a character is in Chinese catalogue text: what tells a right decoding from a wrong one.

A wrong decoding of Chinese gives legal but rare characters. Each character costs bits (minus log2 of its share); the
charset under which the bytes cost least is the right one. The order below was counted over the word frequencies of
jieba's dictionary (simplified); traditional forms take the place of their simplified one.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from gateway.records.han import representatives

#: The most common characters, most common first.
_ORDER: Final = (
    "一是人了不在有大中国和为这上他个地年来我会以到时要出的生学说道民家子也成行下们于后就发自之对得主长可过天作分方用"
    "多你着部能市等业全里工公经本都而高政法面门动日进区事代那去心小同北定开产前其军还然起种所如现理机体表力好外与文当"
    "两实重新三么只山水关明从化平建又制南内西没此将员名手最东头者月间无安看见各城十相但已些正口通想度加第她合院物性战"
    "由位常点海意场武使次二向治因立数样身情入原问把路被并利石老教万知级量任江及应省资委务元美特期世湖回系比气汉总展电"
    "科金先声提品设或义王社很统处四首共马形己儿司太目基领队直计别女权话少流命至报米给打变果书清活几州华解议更称程今决"
    "张导术府才保交放管结师便走达族反再题色五京河接条规式县白它改风光运信受什组听布百济党指论强做取技黄神选记斯真却职"
    "号界件花类何眼兵传带空干农边据集联古广完质阳难增历史专官每住商即步认车台林必死游举线言皇土团收考求德叫近备研争非"
    "具李众连调感转笑革该持始英克士尔让拉思根格造较际亲单朝红型价校约器字段周亚深候则功属积快图火千准究往极育装许参半"
    "令吃观鱼精办像帝八复影告远群包整构料随划算象容示投势热值夫网望源息语股铁断派速怎需片爱律纪支早况病境证编越局推满"
    "且列觉服双未居除乐企引标确织初青志率项飞球节察龙响药站施均消客失轻存低甚般击曾防请离落显罗营足素视护副食创余照兴"
    "占巴虽洲村费易试星木黑左宝置跟央识维采六底宫房音环案批切斗富乡另倒若按查故突责严桥模仅胜杀围席态破承招杨负层须父"
    "供续状域似依银范修找九致密终血旅钱赛独细效玉冲获习医演毛尽脸弹楼艺航陆右协七攻镇检写苏宗章注阿抗弟坐验封紧劳户优"
    "财养适陈喜卫排射哥油刻留急降念云微伤例景拿绝阶座刘刚害印亿沙母酒助闻超审待压升送监策略限竟香配藏敌呢差仍兰温园树"
    "征善波哪词岛止预怕继皮执味份角草男普答益谁船惊核街夏宣掌田久著画辑奇尼剑吧谈背免孩礼材愿洋春架筑括晚乱乎讲尚良友"
    "临激刀夜室既敢邦挥昌板胡欧福港叶简苦担句岁荆贵娘守辖威宜衣帮块堂额错剧充欢够孙班呼阵销坚练脚退读测吴希宁换版异某"
    "顾曲楚典朱毒菜判救宋茶洪含顺啊鲜败货矿端兄归冷忙买险康评肉吗厂永哈沉散遗停笔假输牛洞松渐顶训录否述毕督控丰献姑忽"
    "爷互亮纳襄登咱钟伯臣雄季脑介鄂召饭暗扩祖齐短烈赶牌恩诉移诗础露届蒙静喝盘卖植授伊湾博痛减穿逐秘庭陵固禁票灵杂姓泽"
    "吸侧庆妈遇追甲馆补唐炮沿殿刺怪彩俄旧警索岸轮妇载靠附毫怀软骨探雷旁罪枪牙迎序慢盛雨墙恶谷顿危稳熟概酸操诸绿佛荣针"
    "托宽折野付午肯库厚缺罢耳屋嘴末谢巨培页瓦款犯困店智拥雪翻圣戏旗吉婚奖岩疑币圆歌廷健卡烧析讨跑烟误仙疗舞亡闭汽伸脱"
    "秋姐繁侵川莫麻秀借寻私岗卷跳丽横驻套兼您君丁束纸夺袁灯坏坦丝径购阴床瞧择墓宪峰遍鲁庙掉丹桃御舰避售怒课播拔奥延虚"
    "隐粮络遭摇潜庄混厅婆奴鼓赵访睡震予童徐韦殖抓拜吨扬址洛休纵逃染纷贸透汇灭蛋森仪塔距狐融郡缓聚盖拍迹忠释润粉涓孔岭"
    "搜紫虑促抵钢塞寺津液码虎坛珍硬梁奔累役偏迫锛凡损壁哭替税综伦冰盟挂韩竞乌尤弱铺妹秦尊竹珠迅脉泥鬼纯睛刑途隆潮幅杯"
    "握谋剂幸奉乘抱朋谓频崇壮骑恐享鸡虫绍铜呈泛械摆欲奶敬措爆暴签猛郭嘉障缩亦废搞胞埃曰撤暖寒订俗绩阻盐萨勒忘奏孝贴灰"
    "梅触玩默醒胸莲篇柱裁啦淡抢捕闹纺截讯朗誉雅忍梦伙勇峡徒丈尾迷唱泉泰佳残闪伍呀疾署剩贼冠倾豆申贫诺麦泪羊尖辈镜涉贡"
    "爹缘摩妻殊贝零映甘骂糖岳饮奋棉雕跃汗冒渡努赞启阁斤裂患伏池鹿洗劲晋倍圈媒箭沟锋胆凭挑抬闯隔弄曹汤苗迁叹唯振储贯彻"
    "桌祭符僧衡炸旋喊凤黎郎援肥磁忌赏辽祥董仁辛瑞询敏浪貌毁昨巧腿抽荷陷焦净腹弃乃湘亩滑狗冬宏皆番尸伟桂览恢龄绕趣晶坡"
    "魏摸伴墨浓绪舍蓝荡阅井鸿旦惯症鸟窗扎辞聘穷堰宇键荒递恨隶厉杜闲腰袭侍灾涨叔湿寨幕豪郑磨浮薄券赤腐译租氧戴邓煤肠牧"
    "孤诏妙旨堡册锅胖柳阔吹丘趋锦颜悬陶拳诚尺晓插蒋艇勤穴摄燕垂罚辆戒稀腾粗袋绘炎氏肩枝狂泊估杭扑臂哲寡偷懂琴悲盾炒稍"
    "矛愈籍颁吐呆违亭眉撞贷刊巡屈堆曼饰碎滚悉寄浜迟描污辅魔烦鼻盗餐幼凉仗冈澳驾菌肚肃爸仰抚慈扶盆仿炼纲倘碗杰忧惜扫暂"
    "祝跨渔宾漫寿猪涌凝邻赴恰劝仇践顷赋悄莱拟贤愤姆乏轰粒逼傅陕昆溶葬燃魂挺腊耐犹辉乳陪颇斜棋熊浅沈姊返翼丧拖惨俊驱袖"
    "惠涂添牵咸详碰割侯纤柔档糊岂跪拒覆绣吓宿偶揭赖烤卢娃颗邮扇伐循衰弦凯羽枚帅锁疏搭俱帐胶赫埋蒸壳彼脏箱浙弯瓜挡拱筹"
    "疆肿膜刷杆凶债甜泡玄贾谱夹遣薪灌咬尘填廊钻丛狼牢脊熙卒碑漠躲削徽踏贺朵遵狠菲撒扰蛇锡炉纹匹亏鉴慕跌慌穆邀芳爬豫吾"
    "奸棒淮捷耕艘齿醉脂兽滴盈卵滋柴溪妃浠碍瓶辩遂怨拨肌俘挖恒励鸣肝腔偿秒拦允塑拆靖耗凌披胁吏纽烂尝垸辟耶艰佩敦疼荐厘"
    "匠柏悠壤拾乔轴妖喷掩璃孟轨歇猜晨坊桑堤畅瞎氨辨鞋昏恭畜浩迪雾丢咨擦窝洁飘捉搬奈肤愁砖辣幽嘛赢藕挤舒狮耀诊扣篮尿唤"
    "梯勾霍舌侠筋枢屏衙殷栏纠链恋惧笼寸冶弥晃叙吊哩稿娜剥拼欺榜囊汪逆骗堪猎棺胎俩郊掘匆缝乙藻携慧函辱扯嫩癌悟滩祸秉慰"
    "驰狱砍糕漏吞纬茅渠催踪叛浑牲杖鞭腺邪欣汝碳彭咐椒绳颈漆遥夷郁斑忆阀卑宴抑逻嫁扭胃仔恼贪兆庸僭疯侦鹰驶斩鹤猴蜂瘦赐"
)

#: Up to which place in the order, and bits for one character there (share of all text over the number of characters).
_BANDS: Final = ((100, 8.1), (300, 9.7), (500, 10.7), (1000, 11.8), (2016, 13.4))
_LEVEL_ONE: Final = 16.0  #: other characters of the everyday part of GB 2312 or Big5
_LEVEL_TWO: Final = 18.5
_RARE: Final = 22.0
_VARIANT: Final = 5.0
_DISCORD: Final = 4.0
#: Simplified forms that are traditional characters as well: they show nothing.
_BOTH: Final = frozenset(
    "后里面台只干系制松郁云征斗谷余范丑几布占志回准别采朱咸岳伙克卷姜布师表虫曲向吁沈借于才板冲吊冬当淀范丰复谷刮柜划胡获饥家价荐尽局据"
    "克困夸困累帘了霉蒙弥面蔑辟苹凭扑仆朴千签秋曲确舍胜术松他体涂万喂咸御愿岳致钟种朱筑准游周洒群岩"
)
_PUNCTUATION: Final = 10.0
_KANA: Final = 15.5
_LETTER: Final = 15.0
_SYMBOL: Final = 18.0
_PRIVATE: Final = 30.0
_BROKEN: Final = 40.0

#: Control characters that mark a non-sorting article in UTF-8 records (and, by transcoding, those of MARC-8).
_NON_SORTING: Final = frozenset((0x88, 0x89, 0x98, 0x9C))
_COMMON_MARKS: Final = "　、。·—“”‘’《》〈〉「」『』（）：；，．？！－／【】〔〕…￥～"


class Bits(dict[str, float]):
    """Bits of each character, worked out when it is first met."""

    def __missing__(self, character: str) -> float:
        bits = _bits(character)
        if len(self) < 60_000:
            self[character] = bits
        return bits


@lru_cache(maxsize=1)
def table() -> Bits:
    """The cost of characters above ASCII, in bits."""
    from opencc import OpenCC

    bits = Bits()
    traditional = OpenCC("s2t").convert("\n".join(_ORDER)).split("\n")
    place = 0
    for last, cost in _BANDS:
        for at in range(place, last):
            for form in (_ORDER[at], traditional[at]):
                bits.setdefault(form, cost)
        place = last
    bits.update(dict.fromkeys(_COMMON_MARKS, _PUNCTUATION))
    return bits


@lru_cache(maxsize=1)
def _simplified() -> frozenset[str]:
    """Characters that only simplified text has."""
    traditional = representatives()
    return frozenset(usual for character, usual in traditional.items() if usual not in _BOTH and character in table())


def discord(characters: set[str]) -> float:
    """Bits against a text that mixes what no writer mixes: simplified and traditional forms, one kana among Han."""
    traditional = representatives()
    old = sum(character in traditional for character in characters)
    new = sum(character in _simplified() for character in characters)
    kana = sum("\u3040" < character < "\u3100" for character in characters)
    return _DISCORD * min(old, new) + (_DISCORD if kana == 1 and len(characters) > 2 else 0.0)


def _bits(character: str) -> float:
    point = ord(character)
    if point in _NON_SORTING:
        return _PUNCTUATION
    if point == 0xFFFD:
        return _BROKEN
    if 0x4E00 <= point < 0xA000:
        return _han(character)
    if 0x3040 <= point <= 0x30FF:
        return _KANA
    if 0xAC00 <= point <= 0xD7A3:
        return _KANA
    if 0xE000 <= point <= 0xF8FF or point < 0xA0:
        return _PRIVATE
    category = unicodedata.category(character)
    if category[0] in "CZ":
        return _PRIVATE
    return _LETTER if category[0] in "LM" and point < 0x3000 else _RARE if category[0] == "L" else _SYMBOL


def _han(character: str) -> float:
    usual = representatives().get(character)
    if usual is not None and usual != character:
        # Japanese and variant forms of a common character are likelier than a character nobody uses.
        return min(_RARE, table()[usual] + _VARIANT)
    cost = _RARE
    try:
        row = character.encode("gb2312")[0]
        cost = _LEVEL_ONE if row < 0xD8 else _LEVEL_TWO
    except UnicodeEncodeError:
        pass
    try:
        row = character.encode("big5")[0]
        cost = min(cost, _LEVEL_ONE if row < 0xC7 else _LEVEL_TWO)
    except UnicodeEncodeError:
        pass
    return cost
