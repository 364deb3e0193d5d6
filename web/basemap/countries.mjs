// Who is who on the maps, and where their names stand.

/** Names that Natural Earth shortens; those without a code get no name. */
const CODES = {
  "W. Sahara": "EH",
  "Saint Lucia": "LC",
  Vatican: "VA",
  "United States of America": "US",
  "Dem. Rep. Congo": "CD",
  "Dominican Rep.": "DO",
  "Falkland Is.": "FK",
  "Fr. S. Antarctic Lands": "TF",
  "Côte d'Ivoire": "CI",
  "Central African Rep.": "CF",
  Congo: "CG",
  "Eq. Guinea": "GQ",
  eSwatini: "SZ",
  Palestine: "PS",
  Myanmar: "MM",
  Turkey: "TR",
  "Bosnia and Herz.": "BA",
  Macedonia: "MK",
  "Trinidad and Tobago": "TT",
  "S. Sudan": "SS",
  "Antigua and Barb.": "AG",
  "Br. Indian Ocean Ter.": "IO",
  "British Virgin Is.": "VG",
  "Cabo Verde": "CV",
  "Cayman Is.": "KY",
  "Cook Is.": "CK",
  "Faeroe Is.": "FO",
  "Fr. Polynesia": "PF",
  "Heard I. and McDonald Is.": "HM",
  "Hong Kong": "HK",
  Macao: "MO",
  "Marshall Is.": "MH",
  "N. Mariana Is.": "MP",
  "Pitcairn Is.": "PN",
  "S. Geo. and the Is.": "GS",
  "Saint Helena": "SH",
  "São Tomé and Principe": "ST",
  "Solomon Is.": "SB",
  "St-Barthélemy": "BL",
  "St-Martin": "MF",
  "St. Kitts and Nevis": "KN",
  "St. Lucia": "LC",
  "St. Pierre and Miquelon": "PM",
  "St. Vin. and Gren.": "VC",
  "Turks and Caicos Is.": "TC",
  "U.S. Minor Outlying Is.": "UM",
  "U.S. Virgin Is.": "VI",
  "Wallis and Futuna Is.": "WF",
  Åland: "AX",
};

const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
/** Two letters of ISO 3166-1 by the name that Natural Earth gives. */
export const codes = new Map(Object.entries(CODES));
for (let first = 65; first < 91; first++)
  for (let second = 65; second < 91; second++) {
    const code = String.fromCharCode(first, second);
    const name = names.of(code);
    // Of codes that were given up, such as that of the GDR, the name is that of what came after them.
    const isCurrent = Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`;
    if (name && isCurrent && !codes.has(name)) codes.set(name, code);
  }

/** The middle of the largest ring, and its area. */
export function middleOf(rings) {
  let best = { area: 0, x: 0, y: 0 };
  for (const ring of rings) {
    let [area, cx, cy] = [0, 0, 0];
    for (let place = 0; place < ring.length; place++) {
      const [x1, y1] = ring[place];
      const [x2, y2] = ring[(place + 1) % ring.length];
      const cross = x1 * y2 - x2 * y1;
      area += cross;
      cx += (x1 + x2) * cross;
      cy += (y1 + y2) * cross;
    }
    if (Math.abs(area) > best.area) best = { area: Math.abs(area), x: cx / (3 * area), y: cy / (3 * area) };
  }
  return { x: Math.round(best.x), y: Math.round(best.y), area: best.area };
}
