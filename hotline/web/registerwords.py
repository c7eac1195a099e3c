"""What the wake-up register says, Chinese and English: states, outcomes, reasons, people. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from hotline.wakeup import entries

Both = Mapping[str, tuple[str, str]]
"""By the word that is stored: Chinese, English."""

SHOWN: Both = {
    entries.DUE: ("待叫醒", "due"),
    entries.RINGING: ("叫醒中", "ringing"),
    entries.DONE: ("已叫醒", "done"),
    entries.LATE: ("晚起", "late"),
    entries.ESCALATED: ("已请敲门", "escalated"),
    entries.ALARM: ("告警", "alarm"),
    entries.OFF: ("不叫", "off"),
}
STATES: Both = {
    "due": ("待叫醒", "due"), "ringing": ("正在呼叫", "ringing"), "snoozed": ("稍后再叫", "snoozed"),
    "knocking": ("正请敲门", "knocking"), "cannot_enter": ("无法进入", "cannot enter"),
    "confirmed": ("客人确认", "confirmed"), "knocked": ("敲门确认", "knocked"),
    "unconfirmed": ("未确认", "not confirmed"), "cancelled": ("已取消", "cancelled"),
    "skipped": ("本次跳过", "skipped"), "too_late": ("已错过", "too late"),
}  # fmt: skip
OUTCOMES: Both = {
    "confirmed": ("确认", "confirmed"), "passed_on": ("转下一位", "passed on"),
    "no_key": ("未按键", "no key"), "hung_up": ("挂断", "hung up"), "busy": ("占线", "busy"),
    "no_answer": ("无人接听", "no answer"), "declined": ("拒接", "declined"),
    "failed": ("呼叫失败", "failed"), "no_channel": ("无空闲线路", "no line"),
    "unknown": ("中断", "interrupted"), "ghost": ("重启后占线", "busy after a restart"),
    "called_off": ("已另行确认", "settled elsewhere"),
    "": ("呼叫中", "under way"),
}  # fmt: skip
PRESSED: Both = {
    "awake": ("已起床", "awake"), "snoozed": ("稍后再叫", "snoozed"), "knocked": ("已敲醒", "awake"),
    "cannot_enter": ("无法进入", "cannot enter"), "going": ("正前往", "on the way"),
    "passed_on": ("转下一位", "passed on"),
}  # fmt: skip
REASONS: Both = {
    "outage": ("系统中断", "outage"), "no_channel": ("无空闲线路", "no free line"),
    "no_address": ("客房无电话", "no telephone"), "changed": ("已改时间", "changed"),
    "cancelled": ("", ""), "skipped": ("", ""),
}  # fmt: skip
PEOPLE: Both = {"guest": ("客人", "guest"), "import": ("导入", "import"), "hotline": ("热线", "hotline")}
