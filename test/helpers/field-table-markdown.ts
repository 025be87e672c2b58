// Pure: the table of docs/job-files.md, from the field table.

import type { FieldTableRow } from '../../src/job/field-table.ts';

/** One Markdown table for each block, with a heading that names it. */
export function fieldTableMarkdown(rows: readonly FieldTableRow[]): string {
  return [...rowsByBlock(rows)].map(([block, inBlock]) => section(block, inBlock)).join('\n');
}

/** The rows of each block, in the order of the table. */
export function rowsByBlock(rows: readonly FieldTableRow[]): Map<string, FieldTableRow[]> {
  const blocks = new Map<string, FieldTableRow[]>();
  for (const row of rows) {
    blocks.set(row.block, [...(blocks.get(row.block) ?? []), row]);
  }
  return blocks;
}

function section(block: string, rows: readonly FieldTableRow[]): string {
  const lines = rows.map(
    ({ name, api, type, support, note }) =>
      `| ${name === undefined ? '' : code(name)} | ${code(api)} | ${type} | ${support} | ${note.replaceAll('|', '\\|')} |`,
  );
  return [
    `### ${code(block)}`,
    '',
    '| HCL | JSON | type | | remark |',
    '|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
