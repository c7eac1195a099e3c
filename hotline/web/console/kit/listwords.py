"""What is wrong with a list, in Chinese: the slices that read lists tell it in English, as to a command.

By the form of the sentence, so that a mistake keeps its one place in the code; a form that is not here stays
English. A test holds every sentence the readers of lists can say against this table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "estate": "项目", "building": "楼栋", "unit": "单元", "room": "房号", "name": "姓名", "phone": "电话",
        "kind": "类型", "note": "备注", "address": "房间电话", "month": "月份", "item": "费项",
        "amount": "金额", "total": "合计", "due_on": "缴费截止日", "notice_on": "通知日期",
        "paid_on": "缴清日期", "language": "语言",
    }
)  # fmt: skip
_LISTS = {
    "the directory": "住户名单", "the room list": "房间名单", "the bill list": "账单", "the list": "名单",
}  # fmt: skip
_CALLED = {
    "estate": "项目", "building": "楼栋", "unit": "单元", "room": "房号", "name": "姓名", "telephone": "电话",
    "type": "类型", "note": "备注", "room's telephone": "房间电话", "month": "月份", "item": "费项",
    "amount": "金额", "total": "合计", "due day": "缴费截止日", "notice day": "通知日期",
    "paid day": "缴清日期", "language": "语言",
}  # fmt: skip
_KINDS = {
    "resident": "住户", "owner": "业主", "tenant": "租户", "family": "家属", "business": "商户",
    "lift": "电梯",
}  # fmt: skip
_FORMS = (
    # of files
    (r"has more than (\d+) (?:rows|bills): divide it", "超过 {0} 行，请分成几个文件"),
    (r"cannot be read: .*", "无法读取，请重新选择文件"),
    (r"is larger than (\d+) MiB: divide it", "大于 {0} MB，请分成几个文件"),
    (r"is not valid CSV: .*", "不是有效的 CSV：引号没有成对，请用表格软件重新保存"),
    (r"is an old XLS file.*", "是旧的 XLS 文件，或带有密码：请不设密码另存为 XLSX 或 CSV"),
    (r"is neither CSV in UTF-8 or GBK nor XLSX", "既不是 CSV（UTF-8 或 GBK），也不是 XLSX"),
    (r"is not a readable XLSX file: .*", "XLSX 文件已损坏或有密码，请重新保存"),
    (r"has no rows", "文件是空的"),
    # of headings
    (r"stands above the headings and is left out", "在表头上方，未读取"),
    (r"is not a column of (.+) and is left out", "{0:list}没有这一列，未读取"),
    (r'says the same as "(.*)": it is used where that is empty', "与“{0}”是同一列，只在那一列为空时使用"),
    (r"has texts but no heading and is left out", "有内容但没有表头，未读取"),
    (r"(\d+) cells below (\d+) headings: put texts with a comma in quotes",
     "这一行有 {0} 格，表头只有 {1} 列：含逗号的内容请加引号"),
    (r"no column for (?:the )?(.+?) \(one of: (.*)\); the headings are: (.*)",
     "缺少“{0:called}”列（可写成：{1}）；现有表头：{2}"),
    (r'is (?:the )?(.+?), as "(.*)" is: keep one of both', "与“{1}”都是“{0:called}”，请只留一列"),
    (r"has headings and (?:no bill|nobody) below them", "只有表头，没有内容"),
    (r'has a column of items and the item "(.*)" as a column: keep one form',
     "既有费项列，又把“{0}”单独作一列：请只用一种写法"),
    (r"has a column of items and none for their amount.*", "有费项列而没有“金额”列"),
    (r"has no amounts: .*", "没有金额：请写明费项（物业费、水费……）或合计"),
    (r"is an amount nobody knows: .*", "不认识的费项：请在 fees.yaml 的 items 中写明它属于哪一类"),
    # of cells
    (r"longer than (\d+) characters", "超过 {0} 个字"),
    (r"is missing", "没有填写"),
    (r"the (?:room|telephone number) is missing", "没有填写"),
    (r'"(.*)" is no telephone number', "“{0}”不是电话号码"),
    (r'unknown language "(.*)" \(zh or en\)', "不认识的语言“{0}”（zh 或 en）"),
    (r'"(.*)" is no amount: write it like (.*)', "“{0}”不是金额，请写成 {1}"),
    (r'"(.*)" is no (?:day|day and time|time): write it like (.*)', "“{0}”有误，请写成 {1}"),
    (r'"(.*)" is no month: write it like (.*)', "“{0}”不是月份，请写成 {1}"),
    (r"is missing: add a column 月份, or --month for the whole list",
     "没有填写：请加“月份”列，或在上面写明整表的月份"),
    (r'no estate "(.*)" in hotline.yaml \(there are: (.*)\)', "没有项目“{0}”（现有：{1}）"),
    (r'unknown type "(.*)" \((.*)\)', "不认识的类型“{0}”（业主、租户、家属、住户、商户或电梯）"),
    # of residents and rooms
    (r"this lift telephone's number is a resident's as well \(line (\d+)\)",
     "电梯电话与第 {0} 行住户的号码相同"),
    (r"a lift needs exactly one telephone number", "电梯须有且只有一个电话"),
    (r"a lift needs a place: its building or a name", "电梯须写明楼栋或名称"),
    (r"the same lift telephone as in line (\d+)", "与第 {0} 行是同一个电梯电话"),
    (r'"(.*)" of this room is (\w+) in another row', "该房“{0}”在另一行是{1:kind}"),
    (r"is the telephone of room (.*)", "是 {0} 房的电话"),
    (r"is a lift telephone", "是电梯电话"),
    (r"is a resident's own", "是住户本人的电话"),
    (r"the same room as in line (\d+)", "与第 {0} 行是同一间房"),
    (r"the telephone of the room in line (\d+)", "与第 {0} 行房间的电话相同"),
    (r"the same telephone as in line (\d+): it is called once", "与第 {0} 行电话相同，只呼叫一次"),
    # of bills
    (r"the same room and month as in line (\d+)", "与第 {0} 行是同一间房、同一月份"),
    (r"the items come to (.*), the total says (.*)", "各项之和为 {0}，合计写的是 {1}"),
    (r"(.*) is a credit and no bill", "{0} 是退款，不是账单"),
    (r"nothing is owed: left out", "不欠费，未导入"),
    (r'no kind of fee is called "(.*)": .*', "没有费项“{0}”：请在 fees.yaml 的 items 中写明它属于哪一类"),
    (r"(.*), but (.*) in another row of the same bill", "为 {0}，而同一账单的另一行为 {1}"),
    (r"there are several rooms (.*): which unit \((.*)\)\?", "{0} 不止一间：请写明单元（{1}）"),
    (r"no room (.*) in the directory: .*", "没有 {0} 房，请先导入房号与住户"),
    (r"bill (\w+) is paid and stays as it was \((.*)\)", "账单 {0} 已缴，没有改动（{1}）"),
    (r"bill (\w+) was withdrawn and stays so", "账单 {0} 已撤销，没有恢复"),
    (r"(.*) is still to come", "{0} 还没有到"),
)  # fmt: skip
LONGEST = 500
_COMPILED = tuple((re.compile(form, re.DOTALL), chinese) for form, chinese in _FORMS)


class _Word(str):
    """A part of a sentence that may have to be translated itself: ``{0:kind}``."""

    _BOOKS = MappingProxyType({"list": _LISTS, "called": _CALLED, "kind": _KINDS})

    def __format__(self, book: str) -> str:
        return self._BOOKS[book].get(str(self), str(self)) if book else str(self)


def sentence(message: str, *, chinese: bool) -> str:
    """Return what is wrong in the language of a page; a cell of a million letters is cut short."""
    message = message if len(message) <= LONGEST else message[:LONGEST] + "…"
    if chinese:
        for form, translated in _COMPILED:
            if found := form.fullmatch(message):
                return translated.format(*map(_Word, found.groups()))
    return message


def column(where: str, *, chinese: bool) -> str:
    """Return a column's name; what is no name of ours is a heading as it stands in the list."""
    return COLUMNS.get(where, where) if chinese else where
