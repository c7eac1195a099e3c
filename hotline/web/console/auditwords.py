"""What the words of the audit are called in Chinese: ``ticket.postpone`` is 工单：延期. Pure.

The words themselves are stable codes, for programs and searches; whoever reads the page need not know them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WHOLE: Mapping[str, str] = MappingProxyType(
    {
        "signed-in": "登录", "signed-out": "退出登录", "sign-in-refused": "登录被拒",
        "session-ended": "会话被结束", "second-factor": "设置第二步验证",
        "second-factor-reset": "清除第二步验证", "recovery-codes-made": "换新恢复码", "password": "更改密码",
        "looked": "查看个人信息", "refused": "拒绝", "recording.listened": "收听录音",
        "transcript.read": "查看通话文字", "created": "新建", "revoked": "吊销", "added": "添加",
        "changed": "修改", "pin": "重设密码", "entered": "电话登录", "locked": "锁定", "unlocked": "解锁",
        "removed": "移除", "privacy.export": "导出个人数据", "privacy.delete": "删除个人数据",
        "privacy.retention": "到期清理", "config.save": "修改配置", "audit.export": "导出审计记录",
    }
)  # fmt: skip
"""Words that stand for themselves."""
THINGS: Mapping[str, str] = MappingProxyType(
    {
        "account": "账号", "bill": "账单", "bills": "账单", "call": "通话", "calls": "通话",
        "campaign": "外呼任务", "campaigns": "外呼任务", "config": "配置", "confirmation": "业主确认",
        "delivery": "事件推送", "desk": "话务台", "directory": "查号台", "duty": "值班", "fees": "费用",
        "live": "实时看板", "menu": "菜单", "message": "留言", "messages": "留言", "operator": "话务员",
        "operators": "话务员", "outside": "外线电话", "privacy": "个人信息", "promise": "缴费承诺",
        "prompt": "提示音", "quality": "质检", "recording": "录音", "reports": "报表", "resident": "住户",
        "residents": "住户", "rooms": "房间", "setup": "设置", "shift": "班次", "staff": "员工",
        "stay": "入住", "stays": "入住", "ticket": "工单", "tickets": "工单", "token": "令牌",
        "transcript": "通话文字", "user": "账号", "wakeup": "叫醒", "webhook": "接收方",
    }
)  # fmt: skip
DEEDS: Mapping[str, str] = MappingProxyType(
    {
        "accept": "签领", "accused": "记录被投诉人", "add": "新建", "added": "添加", "again": "再次发送",
        "approvals": "查看批准", "approve": "批准", "arrive": "到场", "ask": "询问", "assign": "派单",
        "back": "撤掉录音", "bill": "入账", "book": "登记", "booking.approve": "批准挂号",
        "booking.cancel": "取消挂号", "bookings": "查看挂号", "cancel": "取消", "change": "修改",
        "changed": "修改", "changes": "查看变动", "charges": "查看话费", "checkin": "办理入住",
        "checkout": "办理离店", "close": "关闭", "compare": "三方对照", "complete": "完成",
        "create": "新建", "decide": "登记答复", "delete": "删除", "delivered": "已转达",
        "discard": "丢弃草稿", "draft": "编辑草稿", "events": "事件", "example": "标为案例",
        "export": "导出", "fault": "故障类别", "file": "附件", "follow_up": "回访", "import": "导入",
        "leave_out": "不评分", "list": "查看列表", "listened": "收听", "messages": "查看留言",
        "move": "换房", "nature": "定性", "neighbours": "加入名单", "never": "不再呼叫", "note": "记事",
        "open": "开始", "owner": "更换负责人", "paid": "登记缴费", "pass_on": "转派",
        "password": "重设密码", "pause": "暂停", "paused": "暂停", "people": "查看名单",
        "pin": "重设密码", "postpone": "延期", "promise": "承诺", "publish": "发布", "read": "查看",
        "ready": "就绪", "record": "录音", "refuse": "拒绝", "register": "查看登记表", "remark": "备注",
        "remove": "移除", "removed": "移除", "render": "合成语音", "reopen": "重新打开",
        "residents": "加入住户", "resume": "继续", "retry": "再试", "revoke": "吊销", "rollback": "退回",
        "room": "查看房间", "sample": "抽取", "score": "评分", "secret": "换密钥", "show": "查看",
        "signed_out": "签出", "skip": "跳过一次", "slip": "查看话费单", "start": "开始呼叫",
        "stop": "终止", "stops": "查看不再呼叫", "take": "记下", "take_call": "接入排队来电",
        "test": "测试", "text": "修改文字",
        "unpaid": "欠费", "week": "查看值班表", "who": "查看值班人", "withdraw": "撤回",
    }
)  # fmt: skip


def in_chinese(code: str) -> str:
    """Return what a word is called; one nobody has named stays as it is, in whole or in part."""
    whole = WHOLE.get(code)
    if whole is not None:
        return whole
    thing, _, deed = code.partition(".")
    if thing not in THINGS:
        return code
    return f"{THINGS[thing]}：{DEEDS.get(deed, deed)}" if deed else THINGS[thing]


def code_of(typed: str) -> str:
    """Return the code a Chinese word stands for – 登录, 工单：延期, 工单 – or what was typed."""
    for code, word in WHOLE.items():
        if word == typed:
            return code
    named, _, done = typed.replace(":", "：").partition("：")
    thing = next((code for code, word in THINGS.items() if word == named), None)
    if thing is None:
        return typed
    deed = next((code for code, word in DEEDS.items() if done and word == done), done)
    return f"{thing}.{deed}" if deed else thing
