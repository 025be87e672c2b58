// Pure: lines of pieces of bytes.

const newline = 0x0a;
const longestLine = 1024 * 1024;

/** Lines without their ends. What is longer than a MiB comes in pieces, so that no line takes all memory. */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<string, void, undefined> {
  // Bytes and not text: a character may lie across two pieces.
  let begun: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let at = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, at)) {
      yield Buffer.concat([...begun, chunk.subarray(at, end)]).toString();
      begun = [];
      size = 0;
      at = end + 1;
    }
    begun.push(chunk.subarray(at));
    size += chunk.length - at;
    if (size > longestLine) {
      yield Buffer.concat(begun).toString();
      begun = [];
      size = 0;
    }
  }
  if (size > 0) yield Buffer.concat(begun).toString();
}
