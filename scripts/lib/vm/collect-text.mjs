// Owner of what a stream has said so far.

/** @param onText also told of each piece. @returns a function that returns all of it. */
export function collectText(stream, onText = () => undefined) {
  let all = '';
  stream.setEncoding('utf8').on('data', (text) => {
    all += text;
    onText(text);
  });
  return () => all;
}

/** Calls `onLine` for each whole line of a stream. */
export function eachLine(stream, onLine) {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
