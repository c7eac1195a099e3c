"""What callers of a property company say is the matter: words of DOMAIN sections 1, 3 and 4.

Where – thing – fault, in the order of Mandarin, each part optional; plus whole sentences for
fees and complaints. What is not foreseen goes to the filler and leaves no words.
"""

from __future__ import annotations

from hotline.speech.grammar.nodes import Filler, Node, maybe, one_of, seq, spaced

ROOMS = spaced(
    "厨房 卫生间 厕所 洗手间 浴室 阳台 客厅 卧室 书房 家里 家 屋里 房间 门口 楼上 楼下 隔壁 楼道 "
    "楼梯间 楼顶 大堂 地下室 地下车库 车库 院子 小区 单元门口 天台 走廊 过道"
)
THINGS = spaced(
    "水管 下水道 下水管 下水 地漏 马桶 水龙头 洗手池 洗菜池 水槽 浴缸 花洒 热水器 自来水 热水 水表 "
    "水压 暖气 暖气片 暖气管 地暖 空调 空调外机 燃气 燃气表 煤气 天然气 燃气灶 煤气灶 电 电表 电闸 插座 "
    "开关 灯 灯泡 楼道灯 路灯 声控灯 电线 电路 电梯 门 门锁 锁 钥匙 房门 防盗门 单元门 大门 玻璃门 "
    "门禁 门禁卡 可视对讲 对讲 对讲机 门铃 窗户 玻璃 纱窗 天花板 吊顶 墙 墙面 墙皮 墙壁 瓷砖 地板 "
    "地砖 屋顶 外墙 管道 管子 阀门 排水管 油烟机 排风扇 洗衣机 冰箱 电视 网络 宽带 消防通道 消防栓 "
    "烟感 报警器 监控 摄像头 道闸 车位 停车位 私家车 电动车 自行车 垃圾 垃圾桶 树 草坪 绿化 井盖 "
    "健身器材 护栏 扶手 楼梯 信箱 快递柜 充电桩 保安 保洁 物业 装修 邻居 狗 噪音"
)
FAULTS = spaced(
    "爆了 爆裂了 漏水 漏水了 漏水很严重 渗水 渗水了 返水 返水了 堵了 堵住了 被堵住了 堵塞了 不通 "
    "不通了 反味 有味道 有异味 有臭味 漏气 坏了 坏掉了 不亮 不亮了 不热 不热了 不制冷 不出水 "
    "不出热水 没有水 没水 没水了 没有水了 停水了 没电 没电了 没有电 没有电了 停电了 跳闸 跳闸了 "
    "短路了 着火了 冒烟了 打不开 打不开了 关不上 关不上了 关不了 刷不开 刷不了 没反应 用不了 不能用 "
    "不能用了 不工作 不好使 不灵了 松了 掉了 掉下来了 破了 碎了 裂了 开裂了 脱落了 发霉了 生锈了 "
    "卡住了 困人了 停了 不动了 被占了 被占用了 丢了 被偷了 没人清理 没有人清理 没人打扫 没人管 很脏 "
    "太脏了 太吵了 很吵 声音很大 一直在响 一直在转 一直在叫 态度不好 态度很差 水压很低 水压不够 流水 "
    "往下滴水 滴水 有虫子 有老鼠 起火了 泄漏了 漏电 漏电了 不走了 转得很快 漏到我家了 漏水漏到我家了 "
    "漏到楼下了 需要维修 要修 要修一下 需要修理 要换 出问题了 有问题 怎么回事 半夜装修太吵了 "
    "装修太吵了 太小了 抬不起来 不行了 打不着火"
)
WHOLE = spaced(
    "电梯困人 有人被困 有人被困在电梯里 我被困在电梯里了 闻到煤气味 有煤气味 家里进水了 家里被偷了 "
    "东西丢了 钥匙丢了 忘带钥匙了 进不去了 进不去门 想查一下物业费 查一下物业费 想问一下物业费 "
    "查物业费 想查一下水费 想查一下电费 想交物业费 要交物业费 要投诉 我要投诉 要报修 我要报修 "
    "我想投诉 我想报修 想咨询一下 想找物业经理 想找经理 有人在楼道里抽烟 楼上太吵了 楼上漏水 "
    "楼上漏水漏到我家了 隔壁太吵了 邻居太吵了 半夜还在装修 狗叫 狗一直叫 车被刮了 车被堵住了 "
    "有人乱停车 有人高空抛物 请派人来看一下 麻烦派人来看一下 麻烦来修一下 请尽快来修 请你们来看一下"
)
ADVERBS = ("的", "又", "都", "还", "一直", "突然", "今天", "昨天", "晚上", "半夜", "老是", "全", "也")
OPENINGS = (
    "要投诉",
    "我要投诉",
    "我想投诉",
    "我要报修",
    "报修",
    "想报修",
    "有",
    "我家",
    "我们家",
    "我家的",
    "那个",
    "就是",
)


def fault() -> Node:
    """A fault or a wish in foreseen words."""
    return seq(
        maybe(one_of(*OPENINGS), 0.1),
        maybe(seq(one_of(*ROOMS), maybe("的", 0.1)), 0.4),
        one_of(
            seq(maybe(one_of(*THINGS), 0.8), maybe(one_of(*ADVERBS), 0.05), one_of(*FAULTS)),
            one_of(*WHOLE),
            weights=(0.8, 0.2),
        ),
    )


def problem() -> Node:
    """A fault or a wish, in foreseen words, in others, or one after the other."""
    # Written once: every mention of a part is a copy of it in the decoder's network.
    foreseen = seq(maybe(Filler(), 0.1), fault(), maybe(Filler(), 0.1))
    return one_of(foreseen, Filler(), weights=(0.9, 0.1))
