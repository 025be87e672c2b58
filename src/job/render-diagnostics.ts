/** Diagnostics as text for people: `file:line:column: error: …`, the line of the file, and a mark under the place. Pure. */
import type { Diagnostic, Range } from './hcl/syntax.ts';

/** How {@link renderDiagnostics} writes. */
export interface RenderOptions {
  /** The text of each file, for the lines that are shown. Without a file's text its lines are left out. */
  readonly sources?: ReadonlyMap<string, string>;
  /** Whether to colour for a terminal. @default false */
  readonly colour?: boolean;
}

/** Wider lines are cut around the place: a file may be one line of a megabyte. */
const maxWidth = 160;

/**
 * Renders diagnostics, each ending in a line break; '' for none.
 *
 * @example
 * renderDiagnostics(diagnostics, { sources, colour: process.stderr.isTTY });
 * // job.hcl:3:5: error: unknown argument "comand"
 * //     comand = "/bin/true"
 * //     ^^^^^^
 * //   Did you mean "command"?
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: RenderOptions = {},
): string {
  return diagnostics.map((diagnostic) => render(diagnostic, options)).join('');
}

function render(diagnostic: Diagnostic, options: RenderOptions): string {
  const paint = options.colour ? terminal : plain;
  const { range, severity } = diagnostic;
  const where = range === undefined ? '' : paint.place(`${place(range)}: `);
  const kind = severity === 'error' ? paint.error('error:') : paint.warning('warning:');
  const lines = [`${where}${kind} ${visible(diagnostic.summary)}`];
  const source = range === undefined ? undefined : options.sources?.get(range.filename);
  if (range !== undefined && source !== undefined) {
    lines.push(...excerpt(source, range, paint));
  }
  if (diagnostic.detail !== undefined && diagnostic.detail !== '') {
    lines.push(...diagnostic.detail.split('\n').map((line) => `  ${visible(line)}`));
  }
  return `${lines.join('\n')}\n`;
}

/** Where something stands, as editors and terminals understand it. */
function place(range: Range): string {
  return `${visible(range.filename)}:${range.start.line}:${range.start.column}`;
}

/** The line of the file with marks under the range; nothing when the file has no such line. */
function excerpt(source: string, range: Range, paint: Paint): string[] {
  const line = lineAt(source, range.start.offset);
  const column = range.start.column - 1;
  const points = characters(line);
  const isOneLine = range.end.line === range.start.line;
  const end = isOneLine ? range.end.column - 1 : points.length;
  const from = points.length <= maxWidth ? 0 : Math.max(0, column - maxWidth / 2);
  const shown = points.slice(from, from + maxWidth);
  if (shown.join('').trim() === '') {
    return [];
  }
  const marks = Math.max(1, Math.min(end, from + shown.length) - column);
  const indent = points
    .slice(from, column)
    .map((point) => (point === '\t' ? '\t' : ' '.repeat(shownWidth(point))));
  return [
    `  ${visible(shown.join(''))}`,
    `  ${indent.join('')}${paint.mark('^'.repeat(Math.min(marks, maxWidth)))}`,
  ];
}

/** Columns count characters as people do: a letter with its accents is one. */
function characters(line: string): string[] {
  // Most lines are ASCII, and a file may be one line of megabytes.
  return isAscii(line) ? [...line] : Array.from(segmenter.segment(line), ({ segment }) => segment);
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

function lineAt(source: string, offset: number): string {
  const start = source.lastIndexOf('\n', offset - 1) + 1;
  const end = source.indexOf('\n', offset);
  return source.slice(start, end === -1 ? undefined : end).replace(/\r$/, '');
}

/** A file must not be able to drive the terminal: control characters are shown, not sent. */
function visible(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
    /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** An escaped control character takes the place of several. */
function shownWidth(point: string): number {
  const shown = visible(point);
  return shown === point ? 1 : shown.length;
}

interface Paint {
  readonly place: (text: string) => string;
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly mark: (text: string) => string;
}

const plain: Paint = {
  place: (text) => text,
  error: (text) => text,
  warning: (text) => text,
  mark: (text) => text,
};

const terminal: Paint = {
  place: (text) => `\u001b[1m${text}\u001b[0m`,
  error: (text) => `\u001b[1;31m${text}\u001b[0m`,
  warning: (text) => `\u001b[1;33m${text}\u001b[0m`,
  mark: (text) => `\u001b[32m${text}\u001b[0m`,
};
