/** The look of the page: system fonts, colours that print, severities told by words as well as by colours. */
export const STYLE = `
:root{--ink:#1c2330;--soft:#5b6472;--line:#d9dee6;--paper:#fff;--shade:#f5f7fa;
--critical:#9f1239;--high:#c2410c;--medium:#92610a;--low:#1d5fa8;--note:#566070}
*{box-sizing:border-box}
body{margin:0 auto;padding:2rem 1.5rem 3rem;max-width:56rem;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.05rem;line-height:1.35;margin:0 0 .6rem}
p{margin:.25rem 0}
code,pre{font:13px/1.45 ui-monospace,"Cascadia Mono","DejaVu Sans Mono","Liberation Mono",Menlo,monospace}
h2 code{color:var(--soft);font-weight:400;white-space:nowrap}
header{display:flex;gap:1.5rem;align-items:center;border-bottom:2px solid var(--ink);padding-bottom:1.25rem;margin-bottom:1.5rem}
header p{color:var(--soft)}
.about{min-width:0;flex:1}
.grade{flex:none;width:6.5rem;height:6.5rem;border-radius:.75rem;display:flex;flex-direction:column;align-items:center;
justify-content:center;color:#fff;background:var(--critical)}
.grade b{font-size:3.4rem;line-height:1}
.grade span{font-size:.75rem;letter-spacing:.04em}
.grade.A{background:#17734a}.grade.B{background:#3f7a1f}.grade.C{background:#8a6d0b}.grade.D{background:#b4530a}.grade.E{background:#b9320f}
.tiles{list-style:none;display:flex;flex-wrap:wrap;gap:.5rem;margin:.75rem 0 0;padding:0}
.tiles li{border:1px solid currentColor;border-radius:.4rem;padding:.1rem .6rem;font-size:.85rem}
.tiles li b{font-size:1rem}
.tiles .zero{color:#98a1ae!important}
.critical{color:var(--critical)}.high{color:var(--high)}.medium{color:var(--medium)}.low{color:var(--low)}.note{color:var(--note)}
.tag{display:inline-block;border-radius:.3rem;padding:.05rem .45rem;color:#fff;font-size:.72rem;font-weight:600;
letter-spacing:.03em;text-transform:uppercase;vertical-align:.08em}
.tag.critical{background:var(--critical)}.tag.high{background:var(--high)}.tag.medium{background:var(--medium)}
.tag.low{background:var(--low)}.tag.note{background:var(--note)}
table{width:100%;border-collapse:collapse;margin:0 0 2rem}
th,td{text-align:left;padding:.4rem .5rem;border-bottom:1px solid var(--line);vertical-align:top}
th{font-size:.8rem;color:var(--soft);font-weight:600}
td:first-child,th:first-child{width:6.5rem}
.n{text-align:right;width:4.5rem}
a{color:inherit;text-underline-offset:.15em}
.rule{color:var(--ink)!important;border:1px solid var(--line);border-left:.3rem solid var(--note);border-radius:.4rem;
padding:1rem 1.25rem;margin:0 0 1.25rem}
.rule.critical{border-left-color:var(--critical)}.rule.high{border-left-color:var(--high)}
.rule.medium{border-left-color:var(--medium)}.rule.low{border-left-color:var(--low)}
dl{display:grid;grid-template-columns:5rem 1fr;gap:.3rem .75rem;margin:0 0 .9rem}
dt{color:var(--soft)}
dd{margin:0}
.found{list-style:none;margin:0;padding:0}
.found li{border-top:1px solid var(--line);padding:.55rem 0}
.found li:last-child{padding-bottom:0}
.found .same{border-top:0;padding-top:0}
.same pre,li:has(+ .same) pre{background:none;padding:0 0 0 .75rem;margin:0;color:var(--soft)}
.place code{font-weight:600}
pre{background:var(--shade);border-radius:.3rem;padding:.5rem .75rem;margin:.4rem 0 0;white-space:pre-wrap}
.patch{color:var(--soft);font-size:.85rem}
.missing{border:1px dashed var(--high);border-radius:.4rem;padding:.9rem 1.25rem;margin:0 0 1.5rem}
.missing ul{margin:.25rem 0;padding-left:1.25rem}
.none{font-size:1.1rem;margin:2rem 0}
footer{border-top:1px solid var(--line);margin-top:2rem;padding-top:.75rem;color:var(--soft);font-size:.8rem}
@media (max-width:36rem){header{flex-direction:column;align-items:flex-start}dl{grid-template-columns:1fr;gap:0}td:first-child,th:first-child{width:5.4rem;padding-left:0}dd{margin-bottom:.4rem}}
@page{size:A4;margin:16mm 15mm}
@media print{body{padding:0;max-width:none;font-size:10.5pt}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
header,.found li,pre,tr,.missing{break-inside:avoid}h2,dl{break-after:avoid}a{text-decoration:none}}
`;
