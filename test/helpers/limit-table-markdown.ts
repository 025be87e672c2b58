// Pure: the table of limits as docs/limits.md shows it.

import { type LimitRow, limitTable } from '../../src/cgroup/limits/limit-table.ts';

const head = ['option', 'version 2', 'version 1', 'remark'] as const;

/** Markdown with one row for each option. */
export function limitTableMarkdown(): string {
  const rows = limitTable.map(({ option, v1, v2, remark }: LimitRow) => [
    `\`${option}\``,
    `\`${v2.files}\` (${v2.controller})`,
    v1 === undefined ? 'none' : `\`${v1.files}\` (${v1.controller})`,
    remark,
  ]);
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
