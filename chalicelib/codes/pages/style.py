"""How the scan page looks: light and dark, from 320 px up, nothing loaded. Tests check the contrast of the palettes."""

from __future__ import annotations

from typing import Final

LIGHT: Final = {
    "ground": "#f5f3ee",
    "card": "#ffffff",
    "ink": "#1f2722",
    "soft": "#5b665f",
    "line": "#e4e0d6",
    "good": "#0f6b46",
    "good-ground": "#e8f3ec",
    "calm": "#7a5200",
    "calm-ground": "#fbf1dc",
    "bad": "#a8221b",
    "bad-ground": "#fcebe9",
    "act": "#0f6b46",
    "on-act": "#ffffff",
}
DARK: Final = {
    "ground": "#111412",
    "card": "#1b201d",
    "ink": "#eef1ed",
    "soft": "#aab4ad",
    "line": "#333b36",
    "good": "#79d9aa",
    "good-ground": "#15291f",
    "calm": "#f0c66a",
    "calm-ground": "#2b2413",
    "bad": "#ff9f95",
    "bad-ground": "#331a18",
    "act": "#79d9aa",
    "on-act": "#08160f",
}
_RULES: Final = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);
font:1.0625rem/1.7 system-ui,-apple-system,"PingFang SC","HarmonyOS Sans SC","Noto Sans SC",sans-serif}
main{max-width:36rem;margin:0 auto;padding:0 1rem 2rem}
.top{max-width:36rem;margin:0 auto;padding:1.1rem 1.25rem .6rem;display:flex;align-items:center;gap:.6rem;
font-weight:600;letter-spacing:.06em}
.top svg{width:1.5rem;height:1.5rem;flex:none;color:var(--good)}
.hero{width:100%;aspect-ratio:4/3;object-fit:cover;border-radius:1.25rem 1.25rem 0 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:1.25rem;margin:0 0 1rem;overflow:hidden}
.in{padding:1.25rem}
.verdict{padding:1.4rem 1.25rem;display:grid;grid-template-columns:auto 1fr;gap:.2rem 1rem;align-items:start}
.verdict svg{width:3rem;height:3rem;grid-row:1/3}
.verdict h1{margin:0;font-size:1.6rem;line-height:1.3}
.verdict p{margin:0}
.good{background:var(--good-ground)}.calm{background:var(--calm-ground)}.bad{background:var(--bad-ground)}
.good h1,.good svg{color:var(--good)}.calm h1,.calm svg{color:var(--calm)}.bad h1,.bad svg{color:var(--bad)}
h2{margin:0 0 .5rem;font-size:1.3rem;line-height:1.4}
h3{margin:0 0 .3rem;font-size:1.08rem}
p{margin:.3rem 0;overflow-wrap:anywhere;white-space:pre-line}
.soft,dt,figcaption{color:var(--soft)}
.small{font-size:.93rem}.notice{margin:0;padding:0 1.25rem 1.1rem}
dl{margin:0;padding:.9rem 1.25rem;display:grid;grid-template-columns:auto 1fr;gap:.35rem 1.1rem;font-size:.97rem}
dd{margin:0;text-align:right;overflow-wrap:anywhere}
code{font:clamp(.74rem,3.7vw,.97rem)/1.7 ui-monospace,SFMono-Regular,Menlo,monospace}dt{white-space:nowrap}
figure{margin:0 0 1rem}
img{display:block;width:100%;height:auto;border-radius:.9rem;background:var(--line)}
.part{padding-top:1.1rem;margin-top:1.1rem;border-top:1px solid var(--line)}
.part img{margin-bottom:.8rem}
.act{display:block;width:100%;min-height:3rem;padding:.7rem 1rem;border:0;border-radius:999px;background:var(--act);
color:var(--on-act);font:inherit;font-weight:600;text-align:center;text-decoration:none;margin-top:.8rem}
.plain{background:none;color:var(--act);border:1.5px solid var(--act)}
a{color:var(--act);text-underline-offset:.2em}
:focus-visible{outline:3px solid var(--act);outline-offset:3px}
label{display:block;margin:.8rem 0 .25rem;font-weight:600}
input[type=text]{width:100%;min-height:3rem;padding:.5rem .9rem;font:inherit;color:inherit;background:var(--ground);
border:1px solid var(--soft);border-radius:.8rem}
.agree{display:flex;gap:.7rem;align-items:flex-start;font-weight:400}
.agree input{width:1.4rem;height:1.4rem;margin:.2rem 0 0;flex:none;accent-color:var(--act)}
summary{min-height:2.75rem;display:flex;align-items:center;gap:.5rem;cursor:pointer;color:var(--act);font-weight:600}
summary::-webkit-details-marker{display:none}
summary::before{content:"＋"}details[open] summary::before{content:"－"}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem}
.foot{text-align:center;padding:.5rem 1rem 1rem}
@media(prefers-reduced-motion:no-preference){.verdict svg{animation:pop .4s ease-out}
@keyframes pop{from{transform:scale(.6);opacity:0}}}
"""


def _palette(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in colours.items())


STYLE: Final = (
    f":root{{color-scheme:light dark;{_palette(LIGHT)}}}"
    f"@media(prefers-color-scheme:dark){{:root{{{_palette(DARK)}}}}}" + _RULES.replace("\n", "")
)
