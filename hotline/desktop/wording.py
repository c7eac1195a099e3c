"""What the desktop headset says to its operator: Chinese first, English on request."""

from __future__ import annotations

from typing import Any

LANGUAGES = ("zh", "en")

_TEXTS: dict[str, tuple[str, str]] = {
    # --- why it cannot begin or go on; each with the remedy
    "wrong-token": (
        "口令不被接受：请向管理员要一个新的话务员口令（hotline operators token 工号）。",
        "The token is not accepted: ask the administrator for a new one (hotline operators token NUMBER).",
    ),
    "no-token": (
        "没有口令：请用 --token 或环境变量 HOTLINE_TOKEN 给出话务员口令。",
        "There is no token: give the operator's token with --token or in HOTLINE_TOKEN.",
    ),
    "token": ("口令", "Token"),
    "wrong-address": (
        "地址 {url} 不对：应为 http(s)://主机:端口。",
        "The address {url} does not hold: it should be http(s)://HOST:PORT.",
    ),
    "no-hotline": (
        "{url} 处没有提供耳机服务的热线：请检查地址、端口以及 http 或 https。",
        "There is no hotline with headsets at {url}: check the address, the port, and http or https.",
    ),
    "wrong-certificate": (
        "{url} 的证书不可信（{detail}）：请用 --ca 给出签发它的证书文件，或让管理员更换证书。",
        "The certificate of {url} is not trusted ({detail}): name its authority's file with --ca,"
        " or have the administrator replace it.",
    ),
    "bad-ca": (
        "无法读取证书文件 {file}：应为 PEM 格式的证书。",
        "The file of certificates {file} cannot be read: it should hold certificates in PEM form.",
    ),
    "unreachable": (
        "连不上 {url}（{detail}）：请检查网络、地址和热线是否在运行。",
        "{url} cannot be reached ({detail}): check the network, the address and that the hotline runs.",
    ),
    "taken-over": (
        "您的线路已在另一个耳机上登录，这里已结束；要在这里工作请重新启动。",
        "Your line was taken over by another headset and has ended here; start again to work here.",
    ),
    "no-sounddevice": (
        "缺少声卡程序包：请执行 pip install 'hotline-engine[headset]'。",
        "The packages for the sound card are missing: pip install 'hotline-engine[headset]'.",
    ),
    "webrtc-version": (
        "这个版本的 aiortc 不能用：请按 requirements/run.txt 安装。",
        "This version of aiortc cannot be used: install the one in requirements/run.txt.",
    ),
    "no-portaudio": (
        "缺少 PortAudio 库：请执行 sudo apt-get install libportaudio2。",
        "The PortAudio library is missing: sudo apt-get install libportaudio2.",
    ),
    "no-sound-server": (
        "没有声音服务也没有声卡：请启动它（systemctl --user start pipewire pipewire-pulse，"
        "或 pulseaudio --start）或插上耳机。",
        "There is neither a sound server nor a sound card: start one (systemctl --user start pipewire"
        " pipewire-pulse, or pulseaudio --start) or plug a headset in.",
    ),
    "no-input": (
        "没有可用的麦克风：请插上耳机，用 --list-devices 查看。",
        "There is no microphone that works: plug the headset in and look with --list-devices.",
    ),
    "no-output": (
        "没有可用的听筒：请插上耳机，用 --list-devices 查看。",
        "There is no earpiece that works: plug the headset in and look with --list-devices.",
    ),
    "unknown-device": (
        "没有叫“{name}”的声音设备；可选：{choices}。用 --list-devices 查看全部。",
        "There is no sound device “{name}”; there are: {choices}. See them all with --list-devices.",
    ),
    "ambiguous-device": (
        "“{name}”可以是 {choices}：请写全名或编号。",
        "“{name}” may be {choices}: give the whole name or the number.",
    ),
    "not-a-terminal": (
        "这里不是终端：请加 --plain 用逐行方式。",
        "This is no terminal: use --plain, a line at a time.",
    ),
    # --- how things stand
    "connecting": ("正在连接…", "Connecting…"),
    "up": ("已连接", "Connected"),
    "down": (
        "连接中断，{seconds} 秒后重试；通话由热线保留",
        "Connection lost, trying again in {seconds} s; the hotline keeps the call",
    ),
    "hello": ("您好，{operator} 号话务员 {name}", "Hello, operator {operator} {name}"),
    "plain-http": (
        "注意：口令未加密传输；请改用 https。",
        "Note: the token travels unencrypted; use https instead.",
    ),
    "presence": ("状态", "State"),
    "signed_out": ("未登录", "signed out"),
    "ready": ("就绪", "ready"),
    "paused": ("暂停", "paused"),
    "ringing": ("振铃", "ringing"),
    "talking": ("通话中", "talking"),
    "wrap_up": ("话后整理", "wrap-up"),
    "reason": ("原因", "reason"),
    "queue": ("排队", "waiting"),
    "muted": ("已静音", "muted"),
    "unmuted": ("麦克风已打开", "microphone on"),
    "held": ("保持中", "on hold"),
    "consulting": ("正在询问 {who}", "consulting {who}"),
    "parked": ("已驻留 {who}", "parked in {who}"),
    "ring": ("来电", "Incoming call"),
    "call": ("通话", "Call"),
    "connected": ("已接通", "Connected with the caller"),
    "over": ("通话结束", "The call is over"),
    "over_network": ("通话结束：网络中断", "The call is over: the network failed"),
    "stop_ring": ("不再振铃", "It rings no more"),
    "done": ("好", "Done"),
    "card_place": ("位置", "place"),
    "card_topic": ("事由", "about"),
    "card_ticket": ("工单", "ticket"),
    "card_times": ("来电次数", "times called"),
    "card_name": ("姓名", "name"),
    "card_caller": ("来电号码", "number"),
    "card_callback": ("回电号码", "call back at"),
    "card_matter": ("事由", "about"),
    "card_operator": ("话务员", "operator"),
    "card_priority": ("优先级", "priority"),
    "card_call_back": ("预约回电", "called back"),
    "card_why": ("原因", "why"),
    "card_supervise": ("监听话务员", "supervising"),
    "card_mode": ("方式", "how"),
    "card_queue": ("队列", "queue"),
    "card_waited": ("已等", "waited"),
    "card_language": ("语言", "language"),
    # --- sound
    "sound_input": ("麦克风", "microphone"),
    "sound_output": ("听筒", "earpiece"),
    "sound_using": ("{end}：{device}", "{end}: {device}"),
    "sound_fallback": (
        "{end}“{wanted}”不在，暂用 {device}",
        "{end} “{wanted}” is not there, using {device} meanwhile",
    ),
    "sound_lost": (
        "{end}“{device}”被拔掉或失效；插回后自动恢复，通话不断",
        "{end} “{device}” is gone; plug it in and it comes back by itself, the call goes on",
    ),
    "sound_none": (
        "没有可用的{end}；通话继续，请插上耳机",
        "no {end} works; the call goes on, plug the headset in",
    ),
    "level": ("音量", "level"),
    # --- keys
    "ask_reason": ("暂停原因（可空）：", "Reason for the pause (may be empty): "),
    "ask_consult": ("询问谁（号码、房间、部门）：", "Ask whom (number, room, department): "),
    "ask_blind": ("直接转给谁：", "Transfer to whom: "),
    "ask_line": ("命令：", "Command: "),
    "unknown-command": ("不懂“{word}”；help 看全部", "“{word}” is not understood; help lists all"),
    "needs": ("{word} 后面要写 {what}", "{word} needs {what}"),
    "what_to": ("找谁", "whom"),
    "what_key": ("按键 0-9 * #", "a key 0-9 * #"),
    "not-connected": ("未连接，没有送出", "Not connected; nothing was sent"),
    "quit_again": ("再按一次退出", "Once more to quit"),
    "bye": ("再见", "Goodbye"),
    "help": (
        "r 就绪  p 暂停  a/回车 接听  h 挂断  m 静音  o 保持/取回  0-9*# 按键\n"
        "c 询问  x 完成转接  z 取消  b 直接转  f 三方  k 驻留/取回  s 满意度调查  w 整理完毕\n"
        "q 签退并退出  : 输入命令（dial 号码、listen/whisper/barge 工号、leave…）  ? 帮助",
        "r ready  p pause  a/Enter pick up  h hang up  m mute  o hold/resume  0-9*#\n"
        "c consult  x complete  z cancel  b blind transfer  f conference  k park/unpark  s survey\n"
        "w wrap-up done  q sign out and quit  : type a command (dial NUMBER, listen OPERATOR, …)  ? help",
    ),
    # --- refusals of the desk, by code: the hotline words them in English only
    "refused_no-talk": ("现在没有通话。", "You are in no call."),
    "refused_no-call": ("现在没有通话。", "You are in no call."),
    "refused_nobody-named": (
        "请说明找谁：号码、房间、话务员或部门。",
        "Say whom: a number, a room, an operator, a department.",
    ),
    "refused_not-now": ("现在不能这样做：请先看通话处于什么状态。", "That is not possible now."),
    "refused_slot-empty": ("该驻留位没有来电者。", "Nobody is parked there."),
    "refused_parking-full": ("驻留位已满。", "All parking slots are taken."),
    "refused_talk-over": ("通话已经结束。", "The call is over."),
    "refused_operator-talking": ("您正在通话：请先结束。", "You are in a call: end it first."),
    "refused_not-allowed": ("您没有这项权限。", "You may not do that."),
    "refused_transfer-not-allowed": (
        "您没有直接转接的权限；请先询问对方。",
        "You may not transfer blindly; consult instead.",
    ),
    "refused_operator-unknown": ("没有这个话务员。", "There is no such operator."),
    "refused_headsets-full": (
        "耳机连接数已满：请联系管理员。",
        "There are too many headsets: ask the administrator.",
    ),
    "refused_taken-over": ("您的线路已在另一个耳机上登录。", "Your line was taken over by another headset."),
    "refused_nobody-found": (
        "找不到：请写号码、3-2-602 这样的房号、值班表或通讯录里的名称。",
        "Nobody is called that: give a number, a room like 3-2-602, a roster, a name of the directory.",
    ),
    "refused_several-found": ("有好几个同名的：请说明是哪一个。", "Several are called that: say which."),
    "refused_roster-empty": ("这张值班表现在没有人。", "Nobody is on that roster now."),
    "refused_no-telephone": ("对方没有登记电话：请留言。", "They have no telephone: take a message."),
    "refused_told-only": (
        "这个号码只报给来电人，不接通；有外线权限的可以直接拨。",
        "This number is told, not connected; dial it as an outside number if you may.",
    ),
    "refused_own-number": ("这是您自己的号码。", "That is your own number."),
    "refused_operator-away": ("这位话务员已签退。", "That operator is signed out."),
    "refused_long-distance-right": (
        "您不能拨长途：请主管来拨，或由管理员给您权限。",
        "You may not dial long-distance numbers: a supervisor does, or gives you the right.",
    ),
    "refused_outside-right": (
        "您不能拨外线：请主管来拨，或由管理员给您权限。",
        "You may not dial outside numbers: a supervisor does, or gives you the right.",
    ),
    "refused_outside-class": ("按规定不能拨这类号码。", "Numbers of this kind may not be dialled."),
    "refused_outside-approval": ("这个号码要先批准。", "This number needs an approval first."),
    "refused_outside-premium": ("声讯台号码不能拨打。", "Premium numbers are never dialled."),
    "refused_outside-forbidden": ("这个号码禁止拨打。", "This number may not be dialled."),
    "refused_outside-unknown": ("拨号规则里没有这样的号码。", "The dial plan knows no such number."),
    "refused_outside-unreadable": ("这不是能拨的号码。", "This is no number to dial."),
    "refused_outside-internal": (
        "这是内线号码，请直接拨。",
        "This is an extension of the house: dial it as such.",
    ),
    "refused_outside-lines-busy": ("外线全忙，请稍后再拨。", "All outside lines are busy: try again later."),
    "refused_outside-no-trunk": (
        "没有外线线路能拨这个号码：请管理员查看 dialplan.yaml。",
        "No line carries this number: see dialplan.yaml.",
    ),
    "refused_outside-stranger": ("这部电话不在允许拨外线的名单里。", "This telephone may not dial out."),
    "refused_no-step": (
        "请说明把来电转到菜单的哪一步。",
        "Say which step of the menu the caller is sent to.",
    ),
    "refused_listens-already": ("请先退出正在监听的通话。", "Leave the talk you listen to first."),
    "refused_supervisor-gone": (
        "您的线路断了：重新接通后再监听。",
        "Your line is down: call in again, then listen.",
    ),
    "refused_supervisor-inside": ("您已经在这通电话里。", "You are in this call already."),
    "refused_supervisor-outside": ("您没有在监听这通电话。", "You are not listening to this call."),
    "refused_failed": ("没有办成：请管理员查看日志。", "That failed; the log says why."),
    "refused_line-unknown": ("这条线路无法呼叫。", "This line cannot be rung."),
    # --- why an operator is paused; what they typed themselves is shown as it is
    "reason_signed_in": ("已签到", "signed in"),
    "reason_no_answer": ("振铃未接，系统暂停", "a call was not answered"),
    "reason_line_busy": ("线路占线，系统暂停", "the line was busy"),
    "reason_declined": ("拒接，系统暂停", "a call was declined"),
    "reason_line_failed": ("线路呼不通，系统暂停", "the line could not be reached"),
    "reason_line_lost": ("通话中断线，系统暂停", "the line was lost in a call"),
    "reason_break": ("小休", "break"),
    "reason_meal": ("用餐", "meal"),
    "reason_paperwork": ("处理工单", "paperwork"),
    "reason_training": ("培训", "training"),
    "reason_meeting": ("会议", "meeting"),
    # --- level test
    "test_speak": ("请说话，录音 {seconds} 秒…", "Speak now, recording {seconds} s…"),
    "test_play": ("正在播放录音…", "Playing it back…"),
    "test_silent": (
        "麦克风“{device}”没有声音：请检查静音开关和插头，或用 --input 换一个。",
        "The microphone “{device}” is silent: check its mute switch and plug, or choose another (--input).",
    ),
    "test_loud": ("音量过大：请调低麦克风。", "Too loud: turn the microphone down."),
    "test_good": ("音量正常。", "The level is good."),
    "test_quiet": ("音量偏低：请调高麦克风或靠近些。", "Quiet: turn the microphone up or come closer."),
    # --- devices
    "devices_number": ("编号", "No."),
    "devices_name": ("名称", "name"),
    "devices_in": ("麦克风", "microphone"),
    "devices_out": ("听筒", "earpiece"),
    "devices_default": ("默认", "default"),
}


class Wording:
    """Texts in one language."""

    def __init__(self, language: str) -> None:
        """Take ``zh`` or ``en``."""
        self.language = language
        self._column = LANGUAGES.index(language)

    def text(self, key: str, /, **facts: Any) -> str:
        """Return the text called ``key`` with the facts filled in; a key nobody worded is its own text."""
        found = _TEXTS.get(key)
        return found[self._column].format(**facts) if found else key

    def knows(self, key: str) -> bool:
        """Say whether there is such a text."""
        return key in _TEXTS


def all_texts() -> dict[str, tuple[str, str]]:
    """Return every text: Chinese and English."""
    return dict(_TEXTS)
