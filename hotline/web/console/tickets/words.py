"""What states, actions and events of tickets are called on screens. Pure."""

from __future__ import annotations

from types import MappingProxyType

from hotline.web.console.calls.words import Words

STATES: Words = MappingProxyType(
    {
        "registered": ("已登记", "registered"),
        "assigned": ("已派单", "assigned"),
        "accepted": ("已签领", "accepted"),
        "on_site": ("已到场", "on site"),
        "postponed": ("已延期", "postponed"),
        "reopened": ("重新打开", "reopened"),
        "done": ("已完成", "done"),
        "followed_up": ("已回访", "followed up"),
        "closed": ("已关闭", "closed"),
        "cancelled": ("已取消", "cancelled"),
    }
)
ACTIONS: Words = MappingProxyType(
    {
        "assign": ("派单", "Assign"),
        "accept": ("签领", "Accept"),
        "pass_on": ("退回 / 转派", "Pass on"),
        "arrive": ("到场", "Arrived"),
        "complete": ("完成", "Done"),
        "follow_up": ("回访", "Follow up"),
        "close": ("关闭", "Close"),
        "postpone": ("延期", "Postpone"),
        "resume": ("恢复处理", "Resume"),
        "cancel": ("取消工单", "Cancel ticket"),
        "reopen": ("重新打开", "Reopen"),
    }
)
KINDS: Words = MappingProxyType(
    {
        "repair": ("报修", "repair"),
        "complaint": ("投诉", "complaint"),
        "request": ("需求", "request"),
        "enquiry": ("咨询", "enquiry"),
        "suggestion": ("建议", "suggestion"),
        "message": ("留言", "message"),
    }
)
SUBJECTS: Words = MappingProxyType(
    {
        "repairs": ("报修", "repair"),
        "complaints": ("投诉", "complaint"),
        "emergency": ("紧急情况", "emergency"),
        "fees": ("费用问题", "a question of fees"),
        "general_manager": ("总经理热线", "general-manager line"),
        "wakeup": ("叫醒", "wake-up"),
    }
)
"""The topics of the shipped menus; an administrator's own stand as they were written."""
URGENCIES: Words = MappingProxyType(
    {"ordinary": ("普通", "ordinary"), "serious": ("严重", "serious"), "urgent": ("急", "urgent")}
)
NATURES: Words = MappingProxyType(
    {
        "valid": ("有效投诉", "valid"),
        "asking_help": ("求助", "asking for help"),
        "asking_information": ("咨询", "asking for information"),
        "venting": ("发泄", "venting"),
    }
)
LIMITS: Words = MappingProxyType(
    {
        "first_response": ("首次响应", "First response"),
        "on_site": ("到场", "On site"),
        "feedback": ("反馈业主", "Feedback"),
        "solved": ("解决", "Solved"),
        "promised": ("承诺时间", "Promised"),
    }
)
EVENTS: Words = MappingProxyType(
    {
        "registered": ("登记", "registered"),
        "described": ("补充描述", "described"),
        "acknowledged": ("已知悉", "acknowledged"),
        "remark": ("备注", "remark"),
        "responded": ("已联系来电人", "caller contacted"),
        "feedback": ("已向来电人反馈", "feedback given"),
        "assigned": ("派单", "assigned"),
        "accepted": ("签领", "accepted"),
        "passed_on": ("退回 / 转派", "passed on"),
        "arrived": ("到场", "arrived"),
        "completed": ("完成", "done"),
        "followed_up": ("回访", "followed up"),
        "closed": ("关闭", "closed"),
        "postponed": ("延期", "postponed"),
        "resumed": ("恢复处理", "resumed"),
        "cancelled": ("取消", "cancelled"),
        "reopened": ("重新打开", "reopened"),
        "promised": ("承诺", "promised"),
        "owner": ("更换负责人", "owner changed"),
        "nature": ("定性", "nature"),
        "fault": ("故障类别", "class of fault"),
        "accused": ("记录被投诉人", "person complained about"),
        "attached": ("添加附件", "file added"),
        "added": ("合并来电内容", "added"),
        "more_urgent": ("升级紧急程度", "more urgent"),
        "sla_breach": ("超时", "limit missed"),
        "telling_owner": ("通知负责人", "owner is told"),
        "owner_told": ("负责人已知悉", "owner was told"),
        "owner_not_told": ("未能通知负责人", "owner not reached"),
        "postponement_call": ("电话告知延期", "call about postponement"),
        "objected": ("来电人不同意延期", "caller objects"),
        "not_told": ("未能告知来电人", "caller not reached"),
        "undelivered": ("未能送达", "not delivered"),
        "unaccepted": ("无人签领", "nobody accepted"),
        "unacknowledged": ("无人接手", "nobody took it"),
        "words": ("来电人口述", "said by the caller"),
    }
)
PARTS: Words = MappingProxyType(
    {
        "call": ("通话", "call"),
        "recording": ("录音片段", "recording"),
        "transcript": ("文字", "transcript"),
        "note": ("说明", "note"),
        "photo": ("照片", "photo"),
        "file": ("文件", "file"),
    }
)
HOTLINE = ("热线", "hotline")
