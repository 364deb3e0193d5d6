// Texts that try to become something else: markup, script, addresses, styles, templates, invisible signs. They are made
// from families, so that each trick meets each disguise. Whatever runs calls `top.canary(number)`.

const CALL = "top.canary(0)";

/** Elements that run a handler by themselves, without anybody touching them. */
const SELF_STARTERS = [
  ["img src=x", "onerror"],
  ["image src=x", "onerror"],
  ["svg", "onload"],
  ["svg/", "onload"],
  ["body", "onload"],
  ["body", "onpageshow"],
  ["input autofocus", "onfocus"],
  ["select autofocus", "onfocus"],
  ["textarea autofocus", "onfocus"],
  ["details open", "ontoggle"],
  ["video src=x", "onerror"],
  ["video><source src=x", "onerror"],
  ["audio src=x", "onerror"],
  ["iframe srcdoc=x", "onload"],
  ["object data=x", "onerror"],
  ["embed src=x", "onload"],
  ["link rel=stylesheet href=x", "onerror"],
  ["script src=x", "onerror"],
  ["style>*{}</style><style", "onload"],
  ["marquee", "onstart"],
  ["svg><animate attributeName=x dur=1s", "onbegin"],
  ["svg><set attributeName=x to=y", "onbegin"],
  ["svg><image href=x", "onerror"],
  ["math><mtext><img src=x", "onerror"],
  ["p style=animation:x", "onanimationstart"],
  ["div contenteditable autofocus", "onfocus"],
  ["x tabindex=1 id=x autofocus", "onfocus"],
  ["frameset", "onload"],
  ["meta", "onload"],
  ["button popover", "onbeforetoggle"],
  ["audio><source src=x", "onerror"],
  ["picture><img srcset=x", "onerror"],
  ["track src=x", "onerror"],
  ["svg><foreignObject><img src=x", "onerror"],
  ["template><img src=x", "onerror"],
  ["dialog open><input autofocus", "onfocus"],
  ["search><a href=x autofocus", "onfocus"],
] as const;

/** Ways to write one and the same attribute. */
const SPELLINGS: readonly ((tag: string, handler: string) => string)[] = [
  (tag, handler) => `<${tag} ${handler}=${CALL}>`,
  (tag, handler) => `<${tag} ${handler}="${CALL}">`,
  (tag, handler) => `<${tag} ${handler}='${CALL}'>`,
  (tag, handler) => `<${tag}/${handler}=${CALL}//`,
  (tag, handler) => `<${tag}\t${handler}\n=\r\n${CALL}>`,
  (tag, handler) => `<${tag.toUpperCase()} ${handler.toUpperCase()}=${CALL}>`,
  (tag, handler) => `<${tag} ${handler}=&#116;op.canary(0)>`,
  (tag, handler) => `<${tag} x="1>" ${handler}="${CALL}" x=">`,
  (tag, handler) => `"><${tag} ${handler}=${CALL}>`,
  (tag, handler) => `'><${tag} ${handler}=${CALL}>`,
  (tag, handler) => `--></title></textarea></style></script><${tag} ${handler}=${CALL}>`,
  (tag, handler) => `<<${tag} ${handler}=${CALL}>>`,
];

const CORES = [
  `<script>${CALL}</script>`,
  `<script src="data:text/javascript,${CALL}"></script>`,
  `<svg><script>${CALL}</script></svg>`,
  `<iframe srcdoc="<script>${CALL}</script>"></iframe>`,
  `<iframe src="javascript:${CALL}"></iframe>`,
  `<object data="javascript:${CALL}"></object>`,
  `<embed src="javascript:${CALL}">`,
  `<form action="javascript:${CALL}"><button autofocus>x</button></form>`,
  `<a href="javascript:${CALL}" id=x autofocus>x</a>`,
  `<base href="https://evil.example/">`,
  `<meta http-equiv="refresh" content="0;url=javascript:${CALL}">`,
  `<link rel="stylesheet" href="https://evil.example/x.css">`,
  `<style>@import "https://evil.example/x.css";</style>`,
  `<img src="https://evil.example/seen.png">`,
];

/** What stands around a text in pages that are put together from strings. */
const BREAKOUTS: readonly ((core: string) => string)[] = [
  (core) => core,
  (core) => `">${core}`,
  (core) => `'>${core}`,
  (core) => `-->${core}<!--`,
  (core) => `</script>${core}<script>`,
  (core) => `</style>${core}<style>`,
  (core) => `</textarea>${core}`,
  (core) => `</title>${core}`,
  (core) => `</noscript>${core}`,
  (core) => `]]>${core}`,
  (core) => `</template>${core}`,
  (core) => `<!--><![CDATA[${core}]]>`,
];

const hex = (sign: string) => (sign.codePointAt(0) ?? 0).toString(16);

/** Disguises that somebody down the line might take off again. */
const ENCODINGS: readonly ((text: string) => string)[] = [
  (text) => text.replace(/[<>"'&]/g, (sign) => `&#${sign.charCodeAt(0)};`),
  (text) => text.replace(/[<>"'&]/g, (sign) => `&#x${hex(sign)};`),
  (text) => text.replace(/[<>"'&]/g, (sign) => `&#0000${sign.charCodeAt(0)}`),
  (text) => text.replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
  (text) => text.replaceAll("<", "&amp;lt;").replaceAll(">", "&amp;gt;"),
  (text) => encodeURIComponent(text),
  (text) => encodeURIComponent(encodeURIComponent(text)),
  (text) => text.replace(/[<>"']/g, (sign) => `\\u${hex(sign).padStart(4, "0")}`),
  (text) => text.replace(/[<>"']/g, (sign) => `\\x${hex(sign)}`),
  (text) => text.replaceAll("<", "＜").replaceAll(">", "＞"),
  (text) => text.replaceAll("<", "+ADw-").replaceAll(">", "+AD4-"),
  (text) => Buffer.from(text).toString("base64"),
];

const ADDRESSES = [
  `javascript:${CALL}`,
  `JaVaScRiPt:${CALL}`,
  `java\tscript:${CALL}`,
  `java\nscript:${CALL}`,
  `\u0001javascript:${CALL}`,
  ` javascript:${CALL}`,
  `&#106;avascript:${CALL}`,
  `javascript&colon;${CALL}`,
  `javascript://https://example.com/%0a${CALL}`,
  `data:text/html,<script>${CALL}</script>`,
  `data:text/html;base64,${Buffer.from(`<script>${CALL}</script>`).toString("base64")}`,
  `vbscript:${CALL}`,
  `blob:https://example.com/${CALL}`,
  `filesystem:https://example.com/x`,
  `view-source:javascript:${CALL}`,
  "file:///etc/passwd",
  `https://example.com/"onmouseover=${CALL}//`,
  `https://example.com/'onfocus=${CALL}//`,
  "https://user:password@evil.example/",
  "https://example.com@evil.example/",
  "https://еxample.com/",
  "//evil.example/x.js",
  "http://[::1]/",
  "https://example.com/\u202Egnp.exe",
];

/** How an address may be written so that a reader of text makes a link of it. */
const LINKINGS: readonly ((address: string) => string)[] = [
  (address) => address,
  (address) => `<${address}>`,
  (address) => `[click](${address})`,
  (address) => `![x](${address})`,
  (address) => `[click]: ${address}`,
  (address) => `<a href="${address}">click</a>`,
  (address) => `<form><button formaction="${address}">click</button></form>`,
  (address) => `<svg><a xlink:href="${address}"><text>click</text></a></svg>`,
];

const EXPRESSIONS = [CALL, `constructor.constructor("${CALL}")()`, `self["top"]["canary"](0)`];
const TEMPLATES: readonly ((expression: string) => string)[] = [
  (it) => `{{${it}}}`,
  (it) => `{{{${it}}}}`,
  (it) => `\${${it}}`,
  (it) => `#{${it}}`,
  (it) => `<%= ${it} %>`,
  (it) => `[[${it}]]`,
  (it) => `{%${it}%}`,
  (it) => `@(${it})`,
  (it) => `<x v-html="${it}">`,
  (it) => `<x ng-app ng-init='${it}'>`,
  (it) => `<x x-data x-init='${it}'>`,
  (it) => `";${it};//`,
  (it) => `';${it};//`,
  (it) => `\`;${it};//`,
  (it) => `*/${it}/*`,
];

/** Texts that parsers read one way and write another. */
const MUTATIONS = [
  `<noscript><p title="</noscript><img src=x onerror=${CALL}>">`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${CALL}&gt;">`,
  `<svg></p><style><a id="</style><img src=1 onerror=${CALL}>">`,
  `<form><math><mtext></form><form><mglyph><style></math><img src onerror=${CALL}>`,
  `<math><annotation-xml encoding="text/html"><img src=x onerror=${CALL}></annotation-xml></math>`,
  `<svg><foreignObject><img src=x onerror=${CALL}></foreignObject></svg>`,
  `<template><script>${CALL}</script></template>`,
  `<select><template><img src=x onerror=${CALL}></template></select>`,
  `<table><td background="javascript:${CALL}">`,
  `<xmp><p title="</xmp><img src=x onerror=${CALL}>">`,
  `<plaintext><img src=x onerror=${CALL}>`,
  `<img src="x\` \`<script>${CALL}</script>"\` \`>`,
  `<a href="\u0000javascript:${CALL}">x</a>`.replace("\u0000", "\u0001"),
  `<div style="background:url(javascript:${CALL})">`,
  `<div style="width:expression(${CALL})">`,
  `<div id="root"></div><div id="composer"></div><form id="thread" name="body"></form>`,
  '{"__proto__":{"canary":1},"constructor":{"prototype":{"isOwner":true}}}',
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  '=HYPERLINK("https://evil.example")',
  "'; DROP TABLE messages; --",
  "../../../../etc/passwd",
  "%s%n%x {0} {} %(x)s",
  "A".repeat(200),
  "W ".repeat(100),
  "\u0301".repeat(100),
  "\u202Egnp.exe\u202C and \u2066isolated\u2069",
  "\u200B\u200C\u200D\u2060\uFEFF",
  "🏳️‍🌈👨‍👩‍👧‍👦🇫🇷".repeat(5),
  "ﷺ﷽𒐫𒈙⸻",
  "\uFFFD\uFFFE\u2028\u2029",
];

/** Every text once, in an order that is always the same. */
export function corpus(): string[] {
  const all = [
    ...SELF_STARTERS.flatMap(([tag, handler]) => SPELLINGS.map((spell) => spell(tag, handler))),
    ...CORES.flatMap((core) => BREAKOUTS.map((breakOut) => breakOut(core))),
    ...CORES.flatMap((core) => ENCODINGS.map((encode) => encode(core))),
    ...ADDRESSES.flatMap((address) => LINKINGS.map((link) => link(address))),
    ...EXPRESSIONS.flatMap((expression) => TEMPLATES.map((template) => template(expression))),
    ...MUTATIONS,
  ];
  return [...new Set(all)].map((text, number) => text.replaceAll("canary(0)", `canary(${number})`));
}
