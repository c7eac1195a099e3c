"""States of messages, questions and outside calls, Chinese and English. Pure."""

from __future__ import annotations

from hotline.call.ports.outside import OutsideCategory
from hotline.confirmations.states import Matter, Spot, Standing
from hotline.dialplan.models import BookingState, SlipState
from hotline.messages.states import MessageState

MESSAGES = {
    MessageState.WAITING: ("待转达", "waiting"), MessageState.DELIVERED: ("已转达", "delivered"),
    MessageState.UNDELIVERED: ("未能转达，请派人送去", "not delivered: go there"),
    MessageState.CANCELLED: ("已撤回", "taken back"),
}  # fmt: skip
MATTERS = {
    Matter.VISITOR: ("访客", "visitor"), Matter.GOODS: ("放行条（搬出物品）", "goods leaving"),
    Matter.OTHER: ("其他", "other"),
}  # fmt: skip
SPOTS = {
    Spot.GATE: ("大门", "gate"), Spot.LOBBY: ("大堂", "lobby"), Spot.GARAGE: ("车库", "garage"),
    Spot.DOCK: ("装卸口", "dock"),
}  # fmt: skip
STANDINGS = {
    Standing.ASKING: ("正在询问业主", "asking"),
    Standing.AT_DESK: ("业主正与前台通话", "owner talks to the desk"),
    Standing.ALLOWED: ("同意", "ALLOWED"), Standing.REFUSED: ("不同意", "REFUSED"),
    Standing.NO_ANSWER: ("无人应答（即不同意）", "no answer: that is a no"),
    Standing.CANCELLED: ("已取消", "cancelled"),
}  # fmt: skip
CATEGORIES = {
    OutsideCategory.INTERNAL: ("内线", "internal"), OutsideCategory.CITY: ("市话", "city"),
    OutsideCategory.LONG_DISTANCE: ("国内长途", "long distance"),
    OutsideCategory.INTERNATIONAL: ("国际长途", "international"),
    OutsideCategory.PREMIUM: ("声讯台", "premium"), OutsideCategory.SERVICE: ("公共服务", "service"),
    OutsideCategory.FORBIDDEN: ("禁拨", "forbidden"),
}  # fmt: skip
SLIPS = {
    SlipState.OPEN: ("通话中", "open"), SlipState.UNANSWERED: ("未接通", "unanswered"),
    SlipState.FREE: ("免费", "free"), SlipState.CHARGED: ("待入账", "charged"),
    SlipState.UNRATED: ("无资费", "unrated"), SlipState.BILLED: ("已入账", "billed"),
}  # fmt: skip
BOOKINGS = {
    BookingState.WAITING: ("等待", "waiting"), BookingState.RINGING: ("正在叫客人", "ringing"),
    BookingState.CONNECTED: ("已接通", "connected"), BookingState.DONE: ("完成", "done"),
    BookingState.CANCELLED: ("已取消", "cancelled"), BookingState.FAILED: ("未成功", "failed"),
}  # fmt: skip
