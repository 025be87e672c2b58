// Pure: what the first bytes of a file look like. Only for showing it: nothing is decided by it.

/** As many are looked at. */
export const sniffedBytes = 512;
export const unknownType = 'application/octet-stream';
const textType = 'text/plain; charset=utf-8';

const beginnings: readonly (readonly [string, string])[] = [
  ['89504e470d0a1a0a', 'image/png'],
  ['ffd8ff', 'image/jpeg'],
  ['474946383761', 'image/gif'],
  ['474946383961', 'image/gif'],
  ['255044462d', 'application/pdf'],
  ['1f8b08', 'application/x-gzip'],
  ['504b0304', 'application/zip'],
];

/** HTML is told as text: a browser that shows what a task has written is to run nothing of it. */
export function contentType(start: Buffer): string {
  const hex = start.subarray(0, 8).toString('hex');
  const known = beginnings.find(([beginning]) => hex.startsWith(beginning));
  if (known !== undefined) return known[1];
  return isText(start) ? textType : unknownType;
}

function isText(start: Buffer): boolean {
  // Control characters that stand in no text; tab, line feed, form feed, carriage return and escape do.
  for (const byte of start) {
    if (byte < 0x09 || byte === 0x0b || (byte > 0x0d && byte < 0x20 && byte !== 0x1b)) return false;
  }
  try {
    // The last character may be cut.
    new TextDecoder('utf-8', { fatal: true }).decode(start, {
      stream: start.length >= sniffedBytes,
    });
    return true;
  } catch {
    return false;
  }
}
