// The style sheet. Colours are variables, set once for light and once for dark; print takes the
// light ones.
#include "cli/report/page.hpp"

namespace backstay::cli {

std::string_view page_style() {
  return R"css(
:root{--bg:#f6f7f5;--card:#fff;--ink:#1c2226;--soft:#59646c;--faint:#87929a;--line:#e0e4e6;
--good:#1d7458;--good-bg:#e3f2ec;--warn:#9a5b00;--warn-bg:#fbe9c8;--bad:#b3261e;--bad-bg:#fbe3e0;
--blue:#2c5f8d;--blue-bg:#dbe7f1;--on:#fff}
@media (prefers-color-scheme:dark){:root{--bg:#121619;--card:#1a2024;--ink:#e5e9ec;--soft:#9ba7af;
--faint:#65727a;--line:#2d363c;--good:#4fb58f;--good-bg:#17352b;--warn:#e0a545;--warn-bg:#3d2f12;
--bad:#ef7168;--bad-bg:#43201d;--blue:#79aede;--blue-bg:#1f3549;--on:#12171a}}
*{box-sizing:border-box}
html{background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",
"DejaVu Sans",sans-serif;-webkit-text-size-adjust:100%}
body{margin:0}
main{max-width:1120px;margin:0 auto;padding:28px 16px 48px}
h1{font-size:15px;font-weight:600;color:var(--soft);margin:0 0 6px;letter-spacing:.02em}
h2{font-size:20px;line-height:1.3;margin:0}
h3{font-size:15px;margin:26px 0 8px;overflow-wrap:anywhere}
p{margin:8px 0;overflow-wrap:anywhere;max-width:80ch}
.answer{font-size:19px;line-height:1.45;margin:0 0 6px}
.badge{display:inline-block;font-size:.78em;font-weight:600;padding:1px 9px;border-radius:99px;
margin-right:4px;white-space:nowrap}
.good>.badge,.good>h3>.badge{background:var(--good-bg);color:var(--good)}
.bad>.badge,.bad>h3>.badge{background:var(--bad-bg);color:var(--bad)}
.small,.question{color:var(--soft)}.small{font-size:13px}
.question{margin:2px 0 12px}
nav{display:flex;flex-wrap:wrap;gap:4px 18px;margin:16px 0 22px;font-size:14px}
a{color:var(--blue)}
section,footer{background:var(--card);border:1px solid var(--line);border-radius:10px;
padding:22px 31px 24px;margin:0 0 20px;min-width:0}
section.cards{background:none;border:0;padding:0;display:grid;gap:16px;
grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr))}
.card{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--good);
border-radius:10px;padding:14px 20px 16px;min-width:0}
.card.bad{border-left-color:var(--bad)}
.card h3{margin:0 0 10px}
.problems{margin:0 0 12px;padding-left:20px;color:var(--bad)}
li,dd,dt{overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:minmax(0,max-content) minmax(0,1fr);gap:3px 16px;margin:0;font-size:14px}
dt{color:var(--soft)}dd{margin:0}
code{font:.92em ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;overflow-wrap:anywhere}
svg{display:block;height:auto}
svg.desk{width:100%;margin:6px 0 10px}svg.phone{display:none;width:100%;max-width:480px;margin:6px 0 10px}
text{font-family:inherit;fill:var(--ink)}
.t{font-size:11.5px;fill:var(--soft)}.n{font-size:11.5px;font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}.strong{font-weight:600;fill:var(--ink)}
.faint{font-size:8.5px;fill:var(--soft)}
.letter{font-size:9px;font-weight:700;fill:var(--on)}.letter-will{font-size:9px;font-weight:600;fill:var(--blue)}
.axis{stroke:var(--line)}.tick{stroke:var(--faint)}
.now{stroke:var(--soft);stroke-dasharray:2 3}
.day-verified{fill:var(--good)}
.day-stored{fill:var(--good-bg);stroke:var(--good)}.day-stored-mark{stroke:var(--good);fill:none;stroke-width:1.6}
.day-partial{fill:var(--warn-bg);stroke:var(--warn)}.day-partial-mark{fill:var(--warn)}
.day-missed{fill:none;stroke:var(--soft)}.day-missed-mark{stroke:var(--soft);fill:none}
.day-failed{fill:var(--bad)}.day-failed-mark{stroke:var(--on);fill:none;stroke-width:1.5}
.day-idle{fill:var(--faint)}
.drilled{fill:none;stroke:var(--ink);stroke-width:1.6}
.bar{fill:var(--blue-bg);stroke:var(--blue)}.bar-critical{fill:var(--blue);stroke:var(--blue)}
.bar-bad{fill:var(--bad-bg);stroke:var(--bad);stroke-dasharray:3 2}
.point-stays{fill:var(--blue);stroke:var(--blue)}
.point-goes{fill:var(--blue-bg);stroke:var(--blue-bg)}.stroke{stroke:var(--soft);stroke-width:1.2}
.point-will-stay{fill:none;stroke:var(--blue);stroke-dasharray:2 1.5}
.point-will-go{fill:none;stroke:none}.dot{fill:var(--faint)}
.today{fill:none;stroke:var(--ink);stroke-width:1.5}
.area{fill:var(--blue-bg)}.area-line{fill:none;stroke:var(--blue);stroke-width:1.6}
.band{fill:var(--blue-bg);opacity:.55}.band-line{fill:none;stroke:var(--blue);stroke-dasharray:4 3}
.limit{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:7 4}
.rail{stroke:var(--faint);stroke-width:2}
.rung{stroke:var(--good);stroke-width:3}.rung-stored{stroke:var(--good);stroke-width:2.4;stroke-dasharray:3 2}
.rung-partial{stroke:var(--warn);stroke-width:2.4}
.diamond{fill:var(--card);stroke:var(--ink);stroke-width:1.4}
.months{display:flex;flex-wrap:wrap;align-items:flex-start;gap:10px 13px;margin:10px 0 14px}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;padding:0;margin:6px 0;font-size:13px;
color:var(--soft)}
.legend li{display:flex;flex:none;max-width:100%;align-items:center;gap:6px}
.k{white-space:nowrap}
.unknown{color:var(--warn)}
.scroll{overflow-x:auto;margin:12px 0;background:
linear-gradient(to right,var(--card) 40%,transparent) 0 0/28px 100%,
linear-gradient(to left,var(--card) 40%,transparent) 100% 0/28px 100%,
linear-gradient(to right,var(--faint),transparent) 0 0/9px 100%,
linear-gradient(to left,var(--faint),transparent) 100% 0/9px 100%;
background-repeat:no-repeat;background-attachment:local,local,scroll,scroll}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
table{border-collapse:collapse;font-size:13.5px;width:100%}
caption{text-align:left;color:var(--soft);padding:0 0 6px;font-size:13px}
th,td{text-align:left;vertical-align:top;padding:5px 14px 5px 0;border-top:1px solid var(--line);
overflow-wrap:break-word;min-width:4em;max-width:26em}
td,th{text-wrap:pretty}
thead th{border-top:0;color:var(--soft);font-weight:600}
tbody th{font-weight:500}
summary{cursor:pointer;color:var(--blue);font-size:13.5px;margin:8px 0}
footer h2{font-size:15px}footer ul{margin:8px 0 0;padding-left:20px;font-size:13.5px;color:var(--soft)}
@media (max-width:760px){main{padding:16px 8px 32px}section,footer{padding:16px 15px 18px}
section.cards{padding:0}.card{padding:12px 15px 14px}svg.desk{display:none}svg.phone{display:block}
.answer{font-size:17px}dl{grid-template-columns:minmax(0,1fr);gap:0}dt{margin-top:6px;font-size:12.5px}
header,nav{padding:0 8px}table{font-size:12.5px}th,td{padding-right:9px;min-width:3.4em}}
@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--faint:#888;--line:#ccc;
--good:#1d7458;--good-bg:#e3f2ec;--warn:#9a5b00;--warn-bg:#fbe9c8;--bad:#b3261e;--bad-bg:#fbe3e0;
--blue:#2c5f8d;--blue-bg:#dbe7f1;--on:#fff}
html{font-size:11pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
main{max-width:none;padding:0}nav{display:none}section,footer,.card{border:0;padding:0;border-radius:0}
.card{border-left:4px solid var(--good);padding-left:12px;margin:0 0 12px}
dl{grid-template-columns:minmax(0,max-content) minmax(0,1fr);gap:3px 16px}dt{margin-top:0;font-size:inherit}
svg.desk{display:block}svg.phone{display:none}
svg,.legend,tr,.card,h2,h3{break-inside:avoid}h2,h3{break-after:avoid}
details::details-content{content-visibility:visible;display:block}summary{display:none}
.scroll{overflow:visible;background:none}}
)css";
}

}  // namespace backstay::cli
