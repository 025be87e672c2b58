// Pure: results as an SVG plot. One line for each entry, from the end of the call to the moment that the end of the
// program was seen, all on one logarithmic scale.

import { type CaseInfo, findRow, type Results, type Row } from './results.ts';

const rowHeight = 18;
const left = 330;
const width = 1000;
const ticks = [10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000];
const plotted = ['base', 'memory', 'fds', 'children', 'user', 'cgroup-v2', 'cgroup-v1', 'pipes'];

const style = `
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; }
  .axis { stroke: #d0d7de; }
  .line { stroke: #8c959f; stroke-width: 3; }
  .call { fill: #0969da; }
  .seen { fill: #bc4c00; }
  .ours { font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .axis { stroke: #30363d; }
    .call { fill: #4493f8; }
    .seen { fill: #f0883e; }
  }`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function x(microseconds: number): number {
  const low = Math.log(ticks[0] ?? 1);
  const high = Math.log(ticks.at(-1) ?? 1);
  const part = (Math.log(Math.max(microseconds, 1)) - low) / (high - low);
  return Math.round((left + Math.min(Math.max(part, 0), 1) * (width - left - 40)) * 10) / 10;
}

function rowText(row: Row, y: number): string {
  const call = row.call?.p50 ?? 0;
  const seen = row.seen?.p50 ?? 0;
  const name = row.load === 'none' ? row.rival : `${row.rival}, ${row.load}`;
  const kind = row.rival === 'raw-exec' ? ' class="ours"' : '';
  const values = `${Math.round(call).toLocaleString('en-US')} / ${Math.round(seen).toLocaleString('en-US')} µs`;
  return [
    `<text${kind} x="${left - 12}" y="${y + 4}" text-anchor="end">${escaped(name)}</text>`,
    `<line class="line" x1="${x(call)}" x2="${x(seen)}" y1="${y}" y2="${y}"/>`,
    `<circle class="seen" cx="${x(seen)}" cy="${y}" r="5"/>`,
    `<circle class="call" cx="${x(call)}" cy="${y}" r="5"><title>${values}</title></circle>`,
  ].join('');
}

function panel(results: Results, info: CaseInfo, top: number): { text: string; bottom: number } {
  const rows = results.rows.filter(
    (row) =>
      row.case === info.name &&
      row.pinning === 'pinned' &&
      findRow(results, row)?.call !== undefined,
  );
  if (rows.length === 0) return { text: '', bottom: top };
  const first = top + 44;
  const bottom = first + rows.length * rowHeight;
  const axis = ticks.map(
    (tick) =>
      `<line class="axis" x1="${x(tick)}" x2="${x(tick)}" y1="${first - 12}" y2="${bottom - 6}"/>` +
      `<text x="${x(tick)}" y="${first - 16}" text-anchor="middle">${tick.toLocaleString('en-US')}</text>`,
  );
  const title = `<text class="title" x="12" y="${top + 10}">${escaped(info.title)}</text>`;
  const lines = rows.map((row, at) => rowText(row, first + at * rowHeight));
  return { text: [title, ...axis, ...lines].join('\n'), bottom: bottom + 18 };
}

/** The pinned medians of all cases with times. */
export function renderPlot(results: Results): string {
  const parts: string[] = [];
  let top = 46;
  for (const info of results.cases.filter(({ name }) => plotted.includes(name))) {
    const { text, bottom } = panel(results, info, top);
    parts.push(text);
    top = bottom;
  }
  const head = `µs, medians, pinned to one CPU, logarithmic; commit ${results.commit}, ${results.date.slice(0, 10)}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" width="${width}" height="${top}" role="img">
<title>Times of starting a program</title>
<style>${style}
</style>
<circle class="call" cx="18" cy="18" r="5"/><text x="30" y="22">the call is over</text>
<circle class="seen" cx="148" cy="18" r="5"/><text x="160" y="22">the end was seen</text>
<text x="${width - 12}" y="22" text-anchor="end">${escaped(head)}</text>
${parts.join('\n')}
</svg>
`;
}
