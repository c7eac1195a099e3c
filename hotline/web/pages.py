"""The status page: one static page that shows what ``/api/status`` says, Chinese first, English second."""

from __future__ import annotations

STATUS_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Hotline 热线状态</title>
<style>
:root{color-scheme:light dark;--line:#8884;--good:#1a7f37;--bad:#c62828}
body{font:16px/1.6 system-ui,"Noto Sans CJK SC","Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0 0 1rem}h2{font-size:1.1rem;margin:1.5rem 0 .5rem}
small{opacity:.7;font-weight:normal}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;width:45%}td{overflow-wrap:anywhere}
.state{font-weight:600}.good{color:var(--good)}.bad{color:var(--bad)}
</style></head><body>
<h1>热线状态 <small>Hotline status</small></h1>
<p id="state" class="state" role="status">正在读取… <small>reading</small></p>
<div id="content"></div>
<script>
const words={calls:["电话","Telephone"],menus:["菜单","Menus"],speech:["语音识别","Recognition"],
 recording:["录音","Recording"],trunks:["中继线路","Trunks"],counters:["计数","Counters"],
 channels_in_use:["通话中","channels in use"],channels_limit:["通道上限","channel limit"],
 listen:["接听地址","dial"],since:["启动时间","running since"],version:["版本","version"],
 problems:["问题","problems"],enabled:["已启用","enabled"],free_mb:["剩余空间 MB","free space, MB"],
 engine:["引擎","engine"],state:["状态","state"],yes:["是","yes"],no:["否","no"]};
const word=k=>words[k]?`${words[k][0]} <small>${words[k][1]}</small>`:k;
const text=v=>{const e=document.createElement("span");e.textContent=typeof v==="boolean"?words[v?"yes":"no"].join(" "):
 Array.isArray(v)?(v.length?v.map(x=>typeof x==="object"?JSON.stringify(x):x).join("\\n"):"–"):
 v===null||v===""?"–":typeof v==="object"?JSON.stringify(v):v;e.style.whiteSpace="pre-line";return e};
function table(o){const t=document.createElement("table");for(const[k,v]of Object.entries(o)){
 const r=t.insertRow();const h=document.createElement("th");h.scope="row";h.innerHTML=word(k);r.append(h);r.insertCell().append(text(v))}return t}
async function show(){const s=document.getElementById("state"),c=document.getElementById("content");
 try{const a=await fetch("/api/status",{cache:"no-store"});const d=await a.json();
  if(!a.ok)throw new Error(d.sentence);
  s.className="state good";s.innerHTML="正在接听来电 <small>taking calls</small>";c.replaceChildren();
  for(const[k,v]of Object.entries(d)){const h=document.createElement("h2");h.innerHTML=word(k);c.append(h,table(v))}
 }catch(e){s.className="state bad";s.innerHTML="电话进程没有回应 <small>the telephone process does not answer</small>"}}
show();setInterval(show,2000);
</script></body></html>
"""
