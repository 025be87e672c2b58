// Pure: a host's report for people, in 80 columns.

import type { FeatureReport, HostReport, LimitReport } from '../host/host-report.ts';
import { hangingText } from './wrap-text.ts';

const columns = 80;

/** Escape sequences for a terminal, or nothing. */
interface Style {
  readonly heading: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
}

const plain: Style = { heading: same, good: same, bad: same };

const coloured: Style = {
  heading: (text) => `\u001b[1m${text}\u001b[22m`,
  good: (text) => `\u001b[32m${text}\u001b[39m`,
  bad: (text) => `\u001b[33m${text}\u001b[39m`,
};

function same(text: string): string {
  return text;
}

export function doctorText(report: HostReport, hasColour: boolean): string {
  const style = hasColour ? coloured : plain;
  const sections = [
    hostSection(report),
    section('Containment of a task', containmentLines(report), style),
    section('Cgroups of this host', cgroupLines(report), style),
    section(
      'Kernel features',
      report.features.flatMap((row) => featureLines(row, style)),
      style,
    ),
    section('Limits', limitLines(report.limits), style),
    section('Advice', adviceLines(report.advice), style),
  ];
  return `${sections.join('\n\n')}\n`;
}

function section(title: string, lines: readonly string[], style: Style): string {
  return [style.heading(title), ...lines].join('\n');
}

function hostSection({ kernel, node, user }: HostReport): string {
  const who = user.name === undefined ? `${user.uid}` : `${user.name} (${user.uid})`;
  return `Linux ${kernel.release} on ${kernel.machine}, Node ${node}, user ${who}`;
}

function row(name: string, text: string): string {
  return hangingText(`  ${name.padEnd(12)} `, text, columns);
}

function containmentLines({ containment }: HostReport): readonly string[] {
  const { level, guarantee, parents, controllers, reason } = containment;
  const lines = [row('level', level), row('guarantee', guarantee)];
  if (reason !== undefined) {
    lines.push(row('why', reason));
  }
  lines.push(...parents.map((parent, index) => row(index === 0 ? 'groups in' : '', parent)));
  lines.push(row('controllers', controllers.length === 0 ? 'none' : controllers.join(', ')));
  return lines;
}

function cgroupLines({ cgroups }: HostReport): readonly string[] {
  const { mode, v2, v1, ownGroup, delegated } = cgroups;
  const lines = [row('mode', mode)];
  if (v2 !== undefined) {
    lines.push(row('version 2', `${v2.mount}: ${v2.controllers.join(', ') || 'no controllers'}`));
  }
  const words = v1.map(({ mount, controllers }) => `${controllers.join(',')} in ${mount}`);
  lines.push(...words.map((text, index) => row(index === 0 ? 'version 1' : '', text)));
  lines.push(...ownLines(ownGroup));
  lines.push(row('delegated', 'directory' in delegated ? delegated.directory : delegated.none));
  return lines;
}

/** That of version 2, and those of version 1 that are not the top: the others limit nothing. */
function ownLines({ v2, v1 }: HostReport['cgroups']['ownGroup']): readonly string[] {
  const others = Object.entries(v1).filter(([, path]) => path !== '/');
  const words = others.map(([controller, path]) => `${controller}: ${path}`);
  const all = v2 === undefined ? words : [v2, ...words];
  return (all.length === 0 ? ['/'] : all).map((text, index) =>
    row(index === 0 ? 'our group' : '', text),
  );
}

const stateWords = { present: 'yes', absent: 'no', unknown: '?' } as const;

function featureLines(feature: FeatureReport, style: Style): readonly string[] {
  const { name, state, since, use, instead } = feature;
  const paint = state === 'present' ? style.good : state === 'absent' ? style.bad : same;
  const head = `  ${stateWords[state].padEnd(3)}  ${name.padEnd(23)}${since.padEnd(6)}`;
  const text = state === 'absent' ? `instead: ${instead}` : use;
  const [first = '', ...rest] = hangingText(head, text, columns).split('\n');
  return [`  ${paint(first.slice(2, 5))}${first.slice(5)}`, ...rest];
}

function limitLines(limits: readonly LimitReport[]): readonly string[] {
  return limits.map(({ name, limit, hard, source }) => {
    const range =
      hard === undefined || hard === limit
        ? numberText(limit)
        : `${numberText(limit)}, up to ${numberText(hard)}`;
    return hangingText(`  ${name.padEnd(31)} `, `${range.padEnd(9)} ${source}`, columns);
  });
}

function numberText(limit: number | null): string {
  return limit === null ? 'no limit' : `${limit}`;
}

function adviceLines(advice: readonly string[]): readonly string[] {
  return advice.length === 0
    ? ['  Nothing is missing.']
    : advice.map((text) => hangingText('  - ', text, columns));
}
