"""``/trust``: how to have a device trust the console's own certificate. Open to all: it is no secret."""

from __future__ import annotations

from html import escape

from cryptography.hazmat.primitives import serialization
from cryptography.x509 import load_pem_x509_certificate
from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.requests import Request

from hotline.web import certificates, serving
from hotline.web.api.parts import ApiParts
from hotline.web.console.plainpage import both, page
from hotline.web.serving import Certificate

router = APIRouter(include_in_schema=False)
_STEPS = (
    ("Windows", "Windows",
     "双击 hotline.crt → 安装证书 → 本地计算机 → 放入“受信任的根证书颁发机构” → 完成，重启浏览器。",
     "Double-click hotline.crt, Install Certificate, Local Machine, place it in “Trusted Root "
     "Certification Authorities”, finish, restart the browser."),
    ("安卓", "Android",
     "下载 hotline.crt → 设置 → 安全 → 加密与凭据 → 安装证书 → CA 证书，选择该文件。",
     "Settings, Security, Encryption & credentials, Install a certificate, CA certificate: hotline.crt."),
    ("iPhone / iPad", "iOS",
     "Safari 下载 → 设置 → 已下载描述文件 → 安装；再到 通用 → 关于本机 → 证书信任设置，打开。",
     "Download with Safari; Settings, Profile Downloaded, Install; then General, About, Certificate Trust "
     "Settings: switch it on."),
    ("macOS", "macOS",
     "双击 hotline.pem 加入“系统”钥匙串，打开它 → 信任 → 始终信任。",
     "Double-click hotline.pem, add it to the System keychain, open it, Trust, Always Trust."),
    ("Chrome / Edge（Linux）", "Chrome on Linux",
     "设置 → 隐私和安全 → 安全 → 管理证书 → 授权机构 → 导入 hotline.pem，用于识别网站。",
     "Settings, Privacy, Security, Manage certificates, Authorities: import hotline.pem for websites."),
    ("电脑耳机", "Desktop headset",
     "hotline headset --ca hotline.pem --url 本站地址",
     "hotline headset --ca hotline.pem --url THIS ADDRESS"),
)  # fmt: skip


@router.get("/trust", response_class=HTMLResponse)
async def trust(request: Request) -> Response:
    """Say how to trust it, or that there is nothing to do."""
    pem = _authority(request)
    if pem is None:
        text = both(
            "本站没有使用自制证书，无需设置。",
            "This site shows no certificate of its own making: nothing needs to be done.",
        )
        return page("信任证书", "Trust the certificate", f"<p>{text}</p>")
    first = both(
        "先核对：下面的指纹应与服务器启动时显示的一致，再安装。证书只对本机名称和内网地址有效。",
        "First compare: this fingerprint must be the one shown when the hotline was started. The certificate "
        "holds for this machine's names and for private networks alone.",
    )
    steps = "".join(
        f"<h2>{both(zh, en)}</h2><p>{both(how_zh, how_en)}</p>" for zh, en, how_zh, how_en in _STEPS
    )
    body = (
        f"<p>{first}</p><p>SHA-256 <code id=fingerprint>{escape(certificates.fingerprint(pem))}</code></p>"
        f'<p><a class="button" href="/trust/hotline.crt" download>{both("下载", "Download")} hotline.crt</a>'
        f'<a class="button quiet" href="/trust/hotline.pem" download>hotline.pem</a></p>{steps}'
        f'<p><a href="/">{both("返回控制台", "Back to the console")}</a></p>'
    )
    return page("信任证书", "Trust the certificate", body, wide=True)


@router.get("/trust/hotline.pem")
async def as_pem(request: Request) -> Response:
    """Return the authority's certificate as PEM."""
    pem = _authority(request)
    if pem is None:
        return Response("none", 404)
    return Response(pem, media_type="application/x-pem-file")


@router.get("/trust/hotline.crt")
async def as_der(request: Request) -> Response:
    """Return it as DER, which Windows and telephones open by themselves."""
    pem = _authority(request)
    if pem is None:
        return Response("none", 404)
    der = load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
    return Response(der, media_type="application/x-x509-ca-cert")


def _authority(request: Request) -> bytes | None:
    parts: ApiParts = request.app.state.parts
    if serving.certificate_of(parts.settings.web) is not Certificate.OWN:
        return None
    return certificates.kept(parts.home.tls)
