// Ids are made here, in the browser, so that a repeated request is recognised for ever: a UUIDv7 (RFC 9562) written as a
// TypeID (specification 0.3), such as `msg_01h2xcejqtf2nbrexx3vqjhp41`.

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const ENCODED_LENGTH = 26;

/** Makes an id of a time in unix milliseconds and ten random bytes; both are parameters so that tests repeat. */
export function idOf(prefix: string, unixMs: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  let ms = BigInt(unixMs);
  for (let place = 5; place >= 0; place--) {
    bytes[place] = Number(ms & 255n);
    ms >>= 8n;
  }
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f); // version 7
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f); // variant 10
  return `${prefix}_${encode(bytes)}`;
}

function encode(bytes: Uint8Array): string {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = "";
  for (let place = 0; place < ENCODED_LENGTH; place++) {
    text = ALPHABET[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return text;
}
