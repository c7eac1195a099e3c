"""Words of the live pages by key: Chinese, English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hotline.web.console.duty.lines import ROSTERS

Words = Mapping[str, tuple[str, str]]

SHARED: Words = MappingProxyType(
    {
        "stage_ringing": ("振铃", "Ringing"),
        "stage_menu": ("语音导航", "In the menu"),
        "stage_connected": ("已接通", "Connected"),
        "stage_waiting": ("排队", "Waiting"),
        "stage_talking": ("通话中", "Talking"),
        "stage_held": ("保持中", "On hold"),
        "stage_consulting": ("咨询中", "Consulting"),
        "stage_conference": ("三方通话", "Three-way"),
        "stage_transferring": ("转接中", "Being transferred"),
        "stage_transferred": ("已转接", "Transferred"),
        "stage_parked": ("驻留", "Parked"),
        "stage_recalling": ("回叫话务员", "Calling the operator back"),
        "presence_ready": ("就绪", "Ready"),
        "presence_paused": ("暂停", "Paused"),
        "presence_ringing": ("振铃", "Ringing"),
        "presence_talking": ("通话", "Talking"),
        "presence_wrap_up": ("小结", "Wrap-up"),
        "presence_signed_out": ("未签入", "Signed out"),
        "reason_signed_in": ("刚签入", "just signed in"),
        "reason_break": ("小休", "Break"),
        "reason_meal": ("用餐", "Meal"),
        "reason_paperwork": ("文书", "Paperwork"),
        "reason_training": ("培训", "Training"),
        "reason_meeting": ("会议", "Meeting"),
        "reason_supervisor": ("班长设定", "set by the supervisor"),
        "reason_no_answer": ("系统已暂停：无人接听", "paused by the machine: no answer"),
        "reason_line_busy": ("系统已暂停：线路忙", "paused by the machine: line busy"),
        "reason_declined": ("系统已暂停：拒接", "paused by the machine: declined"),
        "reason_line_failed": ("系统已暂停：线路不通", "paused by the machine: line cannot be reached"),
        "reason_line_lost": ("系统已暂停：通话中断线", "paused by the machine: line lost in a call"),
        "reason_dial": ("拨打中", "own call"),
        "reason_consulted": ("被咨询", "is consulted"),
        "reason_supervise": ("监听中", "listening"),
        "listen": ("监听", "Listen"),
        "whisper": ("密语", "Whisper"),
        "barge": ("强插", "Barge in"),
        "take": ("接入", "Take"),
        "stop_listening": ("停止监听", "Stop listening"),
        "sign_in": ("签入（以便监听）", "Sign in (to listen)"),
        "ready": ("就绪", "Ready"),
        "pause": ("暂停", "Pause"),
        "sign_out": ("签退", "Sign out"),
        "operator": ("{number}号", "No. {number}"),
        "withheld": ("未显示号码", "Number withheld"),
        "emergency": ("急", "Emergency"),
        "in": ("呼入", "In"),
        "out": ("呼出", "Out"),
    }
)

BOARD: Words = MappingProxyType(
    {
        "trunk_registered": ("已注册", "Registered"),
        "trunk_registering": ("注册中", "Registering"),
        "trunk_unregistered": ("免注册", "Without registration"),
        "trunk_failed": ("中断", "Down"),
        "red_ticket": ("工单", "Ticket"),
        "red_wakeup": ("叫醒", "Wake-up"),
        "red_alarm": ("告警", "Alarm"),
        "state_registered": ("未派单", "nobody has it"),
        "state_assigned": ("已派未签", "not accepted yet"),
        "state_accepted": ("处理中，已超时", "being worked on, overdue"),
        "state_on_site": ("已到场，已超时", "on site, overdue"),
        "state_done": ("待回访，已超时", "follow-up overdue"),
        "state_followed_up": ("待关闭，已超时", "to be closed, overdue"),
        "state_postponed": ("延期，已超时", "postponed, overdue"),
        "state_reopened": ("重开，已超时", "reopened, overdue"),
        "state_knocking": ("敲门中", "being knocked for"),
        "state_cannot_enter": ("无法进入", "cannot enter"),
        "state_unconfirmed": ("未确认醒来", "not confirmed"),
        "alarm_trunk_down": ("中继中断", "Trunk down"),
        "alarm_disk_filling": ("磁盘将满", "Disk filling up"),
        "alarm_clock_unsynchronised": ("时钟未同步", "Clock not synchronised"),
        "alarm_roster_gap": ("值班有空缺", "Gap in the roster"),
        "alarm_calls_restarted": ("通话进程已重启", "Calls process restarted"),
        "alarm_selftest_failed": ("自检失败", "Self-test failed"),
        "alarm_ticket_unaccepted": ("急修无人接单", "Urgent ticket not accepted"),
        "alarm_wakeup_unconfirmed": ("叫醒未确认", "Wake-up not confirmed"),
        "alarm_recording_failed": ("录音失败", "Recording failed"),
        "alarm_delivery_failed": ("通知发送失败", "Notification not delivered"),
    }
    | {f"roster_{name}": called for name, called in ROSTERS.items()}
)


def prefixed(area: str, words: Words) -> Words:
    """Return words as a page's script finds them: ``outcome_ticket``."""
    return {f"{area}_{word}": pair for word, pair in words.items() if word}


def in_language(*words: Words, chinese: bool) -> dict[str, str]:
    """Return the words of a page in its language."""
    return {key: pair[0 if chinese else 1] for some in words for key, pair in some.items()}
