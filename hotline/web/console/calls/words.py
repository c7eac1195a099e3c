"""What words of call records are called on screens; a word nobody knows is shown as it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Words = Mapping[str, tuple[str, str]]
"""Word → Chinese, English."""

DISPOSITIONS: Words = MappingProxyType(
    {
        "": ("进行中", "in progress"),
        "ANSWERED": ("已接听", "answered"),
        "NO ANSWER": ("未接听", "no answer"),
        "BUSY": ("占线", "busy"),
        "CANCELLED": ("振铃中挂断", "hung up ringing"),
        "DECLINED": ("拒接", "declined"),
        "CONGESTION": ("无空闲线路", "no channel"),
        "FAILED": ("失败", "failed"),
        "LOST": ("中断", "lost"),
        "DEFERRED": ("已推迟", "deferred"),
    }
)
OUTCOMES: Words = MappingProxyType(
    {
        "ticket": ("已立工单", "ticket"),
        "message": ("已留言", "message"),
        "emergency": ("紧急", "emergency"),
        "transferred": ("已转接", "transferred"),
        "informed": ("已答复", "informed"),
        "call_back": ("已约回电", "call back"),
        "incomplete": ("资料不全，待回电", "incomplete"),
        "abandoned": ("中途挂断", "abandoned"),
        "staff": ("员工来电", "staff"),
        "closed": ("非受理时间", "closed"),
        "failed": ("系统故障", "failed"),
        "lost": ("通话中断", "lost"),
        "test": ("试打", "test call"),
        "selftest": ("自检", "self-call"),
    }
)
DIRECTIONS: Words = MappingProxyType({"inbound": ("呼入", "in"), "outbound": ("呼出", "out")})
PURPOSES: Words = MappingProxyType(
    {
        "": ("来电", "caller"),
        "operator": ("话务员", "operator"),
        "emergency": ("紧急派单", "emergency"),
        "dispatch": ("派单", "dispatch"),
        "follow_up": ("回访", "follow-up"),
        "postponement": ("延期告知", "postponement"),
        "notice": ("通知负责人", "notice"),
        "wakeup": ("叫醒", "wake-up"),
        "floor": ("楼层叫醒", "floor staff"),
        "reminder": ("催费", "reminder"),
        "confirmation": ("确认", "confirmation"),
        "message": ("传达留言", "message"),
        "survey": ("满意度调查", "survey"),
        "selftest": ("自检", "self-call"),
        "test": ("试打", "test call"),
        "outside": ("外线", "outside line"),
        "enquiry": ("查号转接", "enquiry"),
        "dial": ("拨打", "dialled"),
        "call_back": ("回电", "call back"),
    }
)
SIDES: Words = MappingProxyType({"caller": ("来电人", "Caller"), "hotline": ("热线", "Hotline")})
EVENTS: Words = MappingProxyType(
    {
        "CHAN_START": ("振铃", "rings"),
        "ANSWER": ("接听", "answered"),
        "HANGUP": ("挂断", "hung up"),
        "DTMF": ("按键", "key"),
        "MENU": ("菜单", "menu"),
        "HEARD": ("听到", "heard"),
        "RING": ("呼叫", "rings somebody"),
        "BRIDGE_ENTER": ("接通", "connected"),
        "BRIDGE_EXIT": ("断开", "disconnected"),
        "HELD": ("对方保持", "held"),
        "RESUMED": ("恢复通话", "resumed"),
        "RECORDING_REFUSED": ("不同意录音", "refuses to be recorded"),
        "QUEUE_ENTER": ("进入排队", "enters queue"),
        "QUEUE_OFFER": ("呼叫话务员", "operator rung"),
        "QUEUE_PICK": ("话务员点名接入", "picked out of the queue"),
        "QUEUE_TAKEN": ("话务员接起", "taken"),
        "QUEUE_MISSED": ("话务员未接", "missed"),
        "QUEUE_LEAVE": ("离开排队", "leaves queue"),
        "OPERATOR_LEAVE": ("话务员结束通话", "talk over"),
        "WRAP_UP": ("话后处理", "wrap-up"),
        "CALL_BACK": ("回电", "call back"),
        "CONSULT": ("咨询转接", "consults"),
        "CONSULT_ANSWER": ("咨询接通", "consultation"),
        "CONSULT_END": ("咨询结束", "consultation over"),
        "CONFERENCE": ("三方通话", "three-way"),
        "TRANSFER": ("转接", "transfer"),
        "BLINDTRANSFER": ("盲转", "blind transfer"),
        "ATTENDEDTRANSFER": ("咨询后转接", "attended transfer"),
        "TRANSFER_FAILED": ("转接失败", "transfer failed"),
        "TRANSFER_REFUSED": ("拒绝转接", "transfer refused"),
        "TRANSFER_OVER": ("转接通话结束", "transferred talk over"),
        "OUTCALL": ("话务员外呼", "operator dials"),
        "SUPERVISE": ("监听", "supervision"),
        "EMERGENCY": ("紧急", "emergency"),
        "EMERGENCY_ASKED": ("询问是否紧急", "emergency asked"),
        "EMERGENCY_DENIED": ("否认紧急", "no emergency"),
        "EMERGENCY_UNCONFIRMED": ("紧急未确认", "emergency unconfirmed"),
        "FAULT": ("故障", "fault"),
        "MISSED": ("错过", "missed"),
        "REMARK": ("备注", "remark"),
    }
)
FIELDS: Words = MappingProxyType(
    {
        "key": ("键", "key"),
        "source": ("来源", "by"),
        "step": ("步骤", "step"),
        "text": ("内容", "words"),
        "score": ("可信度", "score"),
        "cause": ("原因", "cause"),
        "by": ("由", "by"),
        "name": ("姓名", "name"),
        "number": ("号码", "number"),
        "queue": ("队列", "queue"),
        "operator": ("话务员", "operator"),
        "position": ("排位", "position"),
        "waited": ("等待秒数", "waited, s"),
        "reason": ("原因", "reason"),
        "talked": ("通话秒数", "talked, s"),
        "with": ("对方", "with"),
        "slip": ("话单", "slip"),
        "attempt": ("次数", "attempt"),
    }
)
ENDED_BY: Words = MappingProxyType(
    {"far": ("对方", "far end"), "near": ("热线", "hotline"), "network": ("网络", "network")}
)


def word(words: Words, code: str, *, chinese: bool) -> str:
    """Return what ``code`` is called."""
    return words[code][0 if chinese else 1] if code in words else code


def options(words: Words, *, chinese: bool, every: str) -> list[tuple[str, str]]:
    """Return the choices of a form, the first of them all."""
    return [("", every), *((code, names[0 if chinese else 1]) for code, names in words.items() if code)]


def clock(seconds: float | None) -> str:
    """Return a span as ``m:ss`` or ``h:mm:ss``; empty for none."""
    if seconds is None:
        return ""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
