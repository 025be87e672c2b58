// Pure: results as Markdown.

import type { Bar } from './bar.ts';
import { readBars } from './bars.ts';
import { type CaseInfo, findRow, type Pinning, type Results, type Row } from './results.ts';
import type { Summary } from './statistics.ts';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, at) => (at === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

/** Three digits at most: more would pretend to an accuracy that is not there. */
export function number(value: number | undefined): string {
  if (value === undefined) return '';
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

const percent = (summary: Summary | undefined): string =>
  summary === undefined ? '' : `${Math.round(summary.spread * 100)} %`;

export function renderBars(bars: readonly Bar[]): string {
  const verdict = ({ isReached }: Bar): string =>
    isReached === undefined ? 'not measured' : isReached ? 'reached' : '**missed**';
  return table(
    ['what', 'wanted', 'measured', ''],
    bars.map((bar) => [bar.what, bar.wanted, bar.measured ?? '', verdict(bar)]),
  );
}

function uniqueEntries(rows: readonly Row[]): readonly Row[] {
  const seen = new Map(rows.map((row) => [`${row.rival} ${row.load}`, row]));
  return [...seen.values()];
}

/** Columns as the workers have named them; a spread where there was more than one round. */
function renderFigures(results: Results, entries: readonly Row[]): string {
  const of = (entry: Row, pinning: Pinning, heading: string): Summary | undefined =>
    findRow(results, { ...entry, pinning })?.figures?.[heading];
  const headings = [...new Set(entries.flatMap((row) => Object.keys(row.figures ?? {})))];
  const columns = (['pinned', 'free'] as const).flatMap((pinning) =>
    headings.map((heading) => ({ pinning, heading })),
  );
  const present = columns.filter(({ pinning, heading }) =>
    entries.some((entry) => of(entry, pinning, heading) !== undefined),
  );
  const isRepeated = ({ pinning, heading }: (typeof columns)[number]): boolean =>
    entries.some((entry) => (of(entry, pinning, heading)?.count ?? 0) > 1);
  const head = present.flatMap((column) => [
    column.pinning === 'free' ? `free: ${column.heading}` : column.heading,
    ...(isRepeated(column) ? ['spread'] : []),
  ]);
  const cells = entries.map((entry) => [
    `\`${entry.rival}\``,
    entry.load,
    ...present.flatMap((column) => {
      const summary = of(entry, column.pinning, column.heading);
      return [figure(summary?.p50), ...(isRepeated(column) ? [percent(summary)] : [])];
    }),
  ]);
  return table(['', 'load', ...head], cells);
}

/** Counts are whole, and what is below 1 needs a digit more. */
function figure(value: number | undefined): string {
  if (value === undefined || Number.isInteger(value)) return value?.toLocaleString('en-US') ?? '';
  return value < 10 ? value.toFixed(2) : number(value);
}

function renderCase(results: Results, info: CaseInfo): string {
  const title = `#### ${info.name}: ${info.title}`;
  if (info.skipped !== undefined) return `${title}\n\nSkipped: ${info.skipped}.`;
  const entries = uniqueEntries(results.rows.filter((row) => row.case === info.name));
  if (entries.some((row) => row.figures !== undefined)) {
    return `${title}\n\n${renderFigures(results, entries)}`;
  }
  const isThroughput = entries.some((row) => row.perSecond !== undefined);
  const cells = entries.map((entry) => {
    const pinned = findRow(results, { ...entry, pinning: 'pinned' });
    const free = findRow(results, { ...entry, pinning: 'free' });
    const name = `\`${entry.rival}\``;
    if (isThroughput) {
      const speeds = [pinned?.perSecond, free?.perSecond];
      return [name, entry.load, ...speeds.flatMap((of) => [number(of?.p50), percent(of)])];
    }
    return [
      name,
      entry.load,
      ...[pinned?.call, pinned?.seen].flatMap((of) => [
        number(of?.p50),
        number(of?.p99),
        percent(of),
      ]),
      number(free?.call?.p50),
      number(free?.seen?.p50),
    ];
  });
  const head = isThroughput
    ? ['', 'load', 'pinned /s', 'spread', 'free /s', 'spread']
    : ['', 'load', 'call p50', 'p99', 'spread', 'seen p50', 'p99', 'spread', 'free: call', 'seen'];
  return `${title}\n\n${table(head, cells)}`;
}

/** The whole report. */
export function renderMarkdown(results: Results): string {
  const { machine, rivals, absent, failures } = results;
  const parts = [
    `Measured ${results.date.slice(0, 16).replace('T', ' ')} UTC at commit \`${results.commit}\` on ${machine.cpu}, ` +
      `${machine.cpus} CPUs, ${machine.memoryGb} GB, Linux ${machine.kernel}; ${results.mode} run of ${results.seconds} s. ` +
      'Times in microseconds.',
    `Took part: ${rivals.map(({ name, version }) => `${name} (${version})`).join(', ')}.`,
    absent.length === 0
      ? ''
      : `Absent: ${absent.map(({ name, reason }) => `${name} (${reason})`).join('; ')}.`,
    failures.length === 0 ? '' : `Failed:\n${failures.map((text) => `- ${text}`).join('\n')}`,
    `#### What should be reached\n\n${renderBars(readBars(results))}`,
    ...results.cases.map((info) => renderCase(results, info)),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
