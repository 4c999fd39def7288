"""Why a document is not taken, and how to mend it, in two languages."""

from __future__ import annotations

from typing import Final

from linli.lib.problems import InputProblem


class DocumentError(InputProblem):
    """A document that is not taken; `.code` is one of the names of `TEXTS`."""


_PRINT: Final = (
    "请在电脑上打开它，选“打印为 PDF”后再传，或者拍照上传。",
    "Open it on a computer, print it to PDF and send that, or send photos.",
)
TEXTS: Final[dict[str, tuple[str, str]]] = {
    "unknown_type": (
        "只能上传照片、PDF 和 Word（docx）文件。别的文件请打印为 PDF 后再传，或者拍照上传。",
        "Only photos, PDF and Word (docx) files are taken. Print other files to PDF, or send photos.",
    ),
    "old_word": (
        "这是旧格式的 Office 文件（如 doc、wps）。请另存为 docx，或者打印为 PDF 后再传。",
        "This is an Office file of the old kind (doc, wps). Save it as docx, or print it to PDF.",
    ),
    "other_office": (
        "这不是 Word 文档。表格、幻灯片和压缩包请打印为 PDF 后再传。",
        "This is no Word document. Print spreadsheets, slides and archives to PDF.",
    ),
    "ofd": ("暂不支持 OFD 版式文件。请转换为 PDF 后再传。", "OFD files are not taken yet. Convert it to PDF."),
    "damaged": ("文件已损坏或不完整。" + _PRINT[0], "The file is damaged or incomplete. " + _PRINT[1]),
    "encrypted": (
        "文件加了密码，别人打不开。请去掉密码，或者打印为 PDF 后再传。",
        "The file is locked with a password. Take the password off, or print it to PDF.",
    ),
    "polyglot": ("文件里夹带了另一种文件，不能上传。" + _PRINT[0], "Another file is hidden in this one, so it is not taken. " + _PRINT[1]),
    "script": ("文件里有脚本或宏，不能上传。" + _PRINT[0], "The file holds a script or a macro, so it is not taken. " + _PRINT[1]),
    "action": (
        "文件打开时会自己做动作（如运行程序、跳到别处），不能上传。" + _PRINT[0],
        "The file does things by itself when it is opened, so it is not taken. " + _PRINT[1],
    ),
    "embedded": (
        "文件里夹带了附件或别的对象，不能上传。请把附件单独上传，正文打印为 PDF。",
        "Other files are attached inside this one, so it is not taken. Send them one by one, and print the document itself to PDF.",
    ),
    "external": (
        "文件会从别处加载内容（如外部模板、外部图片），不能上传。" + _PRINT[0],
        "The file loads parts from elsewhere (a template, a picture), so it is not taken. " + _PRINT[1],
    ),
    "form": ("文件里有动态表单（XFA），不能上传。" + _PRINT[0], "The file holds a dynamic form (XFA), so it is not taken. " + _PRINT[1]),
    "bomb": ("文件解开后太大，不能上传。" + _PRINT[0], "Unpacked, the file is far too large, so it is not taken. " + _PRINT[1]),
    "odd": ("文件的内部结构看不懂，无法检查。" + _PRINT[0], "The inside of the file cannot be read, so it cannot be checked. " + _PRINT[1]),
    "too_many_pages": ("文件页数太多，请分成几份上传。", "The file has too many pages; send it in parts."),
}


def refusal(code: str) -> DocumentError:
    return DocumentError(code, *TEXTS[code])
