"""The page of a backtest's report: its template, its style and its small script. Nothing in it is fetched."""

from __future__ import annotations

from support_policy.render.chart_theme import DARK, FONT, LIGHT

_NAMES = ("page", "ink", "soft", "rule", "grid", "old", "new", "met", "missed")


def _colours(theme: dict[str, str]) -> str:
    return "".join(f"--{name}:{theme[name]};" for name in _NAMES)


_LIGHT = _colours(dict(LIGHT)) + "--card:#f6f8fa;color-scheme:light;"
_DARK = _colours(dict(DARK)) + "--card:#1b2128;color-scheme:dark;"

STYLE = f"""
:root{{{_LIGHT}}}
.chart .dark{{display:none}}
@media (prefers-color-scheme:dark){{
:root:not([data-theme=light]){{{_DARK}}}
:root:not([data-theme=light]) .chart .light{{display:none}}
:root:not([data-theme=light]) .chart .dark{{display:block}}
}}
:root[data-theme=dark]{{{_DARK}}}
:root[data-theme=dark] .chart .light{{display:none}}
:root[data-theme=dark] .chart .dark{{display:block}}
*{{box-sizing:border-box}}
body{{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 {FONT}}}
main,header,footer{{max-width:1120px;margin:0 auto;padding:0 24px}}
header{{padding-top:28px}}
.name{{font-size:17px;margin:0;font-weight:600}}
h2{{font-size:21px;margin:52px 0 10px;line-height:1.25}}
h3{{font-size:15px;margin:26px 0 6px}}
p{{margin:6px 0;max-width:76ch}}
.soft,caption,figcaption{{color:var(--soft)}}
.top{{display:flex;gap:16px;justify-content:space-between;align-items:start;border-bottom:1px solid var(--rule);
padding-bottom:14px}}
h1{{font-size:clamp(22px,3.4vw,32px);line-height:1.22;font-weight:650;margin:30px 0 8px;max-width:30ch;
text-wrap:balance}}
@media (min-width:800px){{h1{{max-width:38ch}}}}
h1+p{{font-size:16px}}
.tiles{{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:12px;margin:22px 0 8px;padding:0}}
.tiles li{{list-style:none;background:var(--card);border-radius:8px;padding:14px 16px}}
.tiles b{{display:block;font-size:26px;line-height:1.2;font-variant-numeric:tabular-nums}}
.tiles .worse b,td.worse{{color:var(--missed)}}
.tiles .better b,td.better{{color:var(--met)}}
nav a{{margin-right:16px;white-space:nowrap}}
a{{color:var(--new)}}
a:focus-visible,button:focus-visible,summary:focus-visible,.wide:focus-visible{{outline:2px solid var(--new);
outline-offset:2px}}
.charts{{columns:2 460px;column-gap:20px;margin-top:16px}}
figure{{margin:0 0 20px;max-width:640px;break-inside:avoid;border:1px solid var(--rule);border-radius:8px;
overflow-x:auto;background:var(--page)}}
.one{{columns:1}}.one figure{{width:fit-content}}
figure svg{{display:block;max-width:100%;min-width:330px;height:auto}}
.wide{{overflow-x:auto;margin:10px 0 26px}}
.rule .wide{{margin-bottom:0}}
table{{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}}
caption{{text-align:left;padding:0 0 6px;max-width:76ch}}
th,td{{padding:6px 10px;text-align:right;vertical-align:top;border-bottom:1px solid var(--rule);white-space:nowrap}}
th{{font-weight:600;color:var(--soft);vertical-align:bottom}}
tbody th{{color:var(--ink);vertical-align:top}}
.t{{text-align:left}}
.w{{white-space:normal;min-width:14em}}
tbody tr:hover{{background:var(--card)}}
.rule{{margin:18px 0;border-left:3px solid var(--new);padding:2px 0 2px 16px}}
.rule h3{{margin:0}}
.rule p{{margin:2px 0}}
code,pre{{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}}
pre{{background:var(--card);padding:10px 12px;border-radius:6px;margin:8px 0;text-align:left;white-space:pre-wrap;
overflow-wrap:anywhere}}
summary{{cursor:pointer}}
ul.plain{{padding-left:20px;margin:6px 0}}
dl{{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:10px 0}}
dt{{color:var(--soft)}}
dd{{margin:0;overflow-wrap:anywhere}}
button{{font:inherit;color:inherit;background:none;border:1px solid var(--rule);border-radius:6px;padding:4px 12px;
cursor:pointer;white-space:nowrap}}
th button{{border:0;padding:0;font-weight:600}}
th button::after{{content:" \\2195";color:var(--soft);opacity:.5}}
th[aria-sort=ascending] button::after{{content:" \\2191";opacity:1}}
th[aria-sort=descending] button::after{{content:" \\2193";opacity:1}}
footer{{padding-top:30px;padding-bottom:60px}}
@media (max-width:640px){{main,header,footer{{padding-left:14px;padding-right:14px}}
th,td{{padding:6px 7px}}dl{{grid-template-columns:1fr;gap:0}}dd{{margin-bottom:8px}}h2{{margin-top:40px}}}}
@media print{{:root,:root[data-theme=dark],:root:not([data-theme=light]){{{_LIGHT}}}
:root .chart .light{{display:block!important}}:root .chart .dark{{display:none!important}}
button,nav{{display:none}}th button{{display:inline}}th button::after{{content:""!important}}
body{{font-size:11px}}h2{{break-after:avoid}}tr,.tiles li{{break-inside:avoid}}
.charts{{columns:2 280px}}.one{{columns:1}}figure svg{{min-width:0}}
.wide,figure{{overflow:visible}}th,td{{white-space:normal;padding:3px 6px}}}}
"""

SCRIPT = """
(function(){
var root=document.documentElement,theme=document.getElementById("theme");
function dark(){return root.dataset.theme?root.dataset.theme==="dark":matchMedia("(prefers-color-scheme:dark)").matches}
function name(){theme.textContent=dark()?"Light":"Dark"}
theme.hidden=false;name();
theme.onclick=function(){root.dataset.theme=dark()?"light":"dark";name()};
document.querySelectorAll("table.sort").forEach(function(table){
var body=table.tBodies[0],heads=[].slice.call(table.tHead.rows[0].cells);
heads.forEach(function(head,at){
var button=document.createElement("button");button.type="button";
while(head.firstChild)button.appendChild(head.firstChild);
head.appendChild(button);
button.onclick=function(){
var sorted=head.getAttribute("aria-sort");
var down=sorted==="descending"||(!sorted&&head.classList.contains("t"));
heads.forEach(function(other){other.removeAttribute("aria-sort")});
head.setAttribute("aria-sort",down?"ascending":"descending");
function key(row){var cell=row.cells[at],given=cell.dataset.n;
return given===undefined?cell.textContent.trim():given===""?null:+given}
[].slice.call(body.rows).map(function(row){return[key(row),row]}).sort(function(a,b){
if(a[0]===null||b[0]===null)return(a[0]===null)-(b[0]===null);
var order=typeof a[0]==="number"&&typeof b[0]==="number"?a[0]-b[0]:
String(a[0]).localeCompare(String(b[0]),undefined,{numeric:true});
return down?order:-order}).forEach(function(pair){body.appendChild(pair[1])})}})});
addEventListener("beforeprint",function(){
document.querySelectorAll("details.whole").forEach(function(more){more.open=true})});
})();
"""

PAGE = """\
{%- macro table(made) -%}
<div class="wide" tabindex="0" role="region" aria-label="{{ made.caption }}">
<table{% if made.sort %} class="sort"{% endif %}>
<caption>{{ made.caption }}</caption>
<thead><tr>{% for head in made.heads %}<th scope="col"{% if head.left %} class="t"{% endif %}>{{ head.text }}</th>
{%- endfor %}</tr></thead>
<tbody>
{% for row in made.rows %}
<tr>{% for cell in row %}{% if loop.first %}<th scope="row" class="t"
{%- if cell.n is not none %} data-n="{{ cell.n }}"{% endif %}>{{ cell.text }}</th>{% else -%}
<td class="{{ cell.kind }}"{% if cell.n is not none %} data-n="{{ cell.n }}"{% endif %}>{{ cell.text }}</td>
{%- endif %}{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
</div>
{%- endmacro -%}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy"
content="default-src 'none';style-src 'unsafe-inline';script-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>{{ title }}</title>
<style>{{ style | safe }}</style>
</head>
<body>
<header>
<div class="top">
<div>
<p class="name">{{ title }}</p>
<p class="soft">{{ under }}</p>
</div>
<button type="button" id="theme" hidden>Dark</button>
</div>
<h1>{{ answer.lead }}</h1>
{% for line in answer.lines %}
<p>{{ line }}</p>
{% endfor %}
<ul class="tiles">
{% for tile in answer.tiles %}
<li class="{{ tile.kind }}"><b>{{ tile.number }}</b>{{ tile.text }}</li>
{% endfor %}
</ul>
<nav aria-label="Sections">
{% for section in sections %}
<a href="#{{ section.id }}">{{ section.name }}</a>
{% endfor %}
</nav>
</header>
<main>
{% for section in sections %}
<section id="{{ section.id }}" aria-labelledby="{{ section.id }}-head">
<h2 id="{{ section.id }}-head">{{ section.head }}</h2>
{% for line in section.lines %}
<p>{{ line }}</p>
{% endfor %}
{% if section.charts %}
<div class="charts{{ ' one' if section.charts | length == 1 }}">
{% for chart in section.charts %}
<figure class="chart">
{% for theme, svg in chart.items() %}
<div class="{{ theme }}">{{ svg | safe }}</div>
{% endfor %}
</figure>
{% endfor %}
</div>
{% endif %}
{% for rule in section.rules %}
<div class="rule">
{% if rule.name %}
<h3>{% if rule.traced %}<code>{{ rule.name }}</code>{% else %}{{ rule.name }}{% endif %}
{%- if rule.says %} {{ rule.says }}{% endif %}</h3>
{% endif %}
{% if rule.place %}<p class="soft">{{ rule.place }}</p>{% endif %}
<div class="wide" tabindex="0" role="region" aria-label="{{ rule.name or rule.head }}">
<table>
<thead><tr><th scope="col" class="t">{{ rule.head }}</th><th scope="col">Tickets</th>
<th scope="col" class="t">Such as</th></tr></thead>
<tbody>
{% for row in rule.rows %}
<tr><th scope="row" class="t w">{{ row.what }}</th><td>{{ row.tickets }}</td>
<td class="t w">{% if row.commands %}<details><summary>{{ row.names }}</summary>
<pre>{{ row.commands }}</pre></details>{% else %}{{ row.names }}{% endif %}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% if rule.commands %}
<pre aria-label="Commands that open these tickets">{{ rule.commands }}</pre>
{% endif %}
</div>
{% endfor %}
{% for made in section.tables %}
{% if made.folded %}<details class="whole"><summary>{{ made.caption }}</summary>
{{ table(made) }}
</details>
{% else %}{{ table(made) }}
{% endif %}
{% endfor %}
{% if section.facts %}
<dl>{% for name, text in section.facts %}<dt>{{ name }}</dt><dd>{{ text }}</dd>{% endfor %}</dl>
{% endif %}
{% for list in section.lists %}
<h3>{{ list.head }}</h3>
<ul class="plain">
{% for item in list["items"] %}
<li>{{ item.text }}
{% for line in item.more %}
<br><span class="soft">{{ line }}</span>
{% endfor %}
</li>
{% endfor %}
</ul>
{% endfor %}
</section>
{% endfor %}
</main>
<footer class="soft">{{ foot }}</footer>
<script>{{ script | safe }}</script>
</body>
</html>
"""
