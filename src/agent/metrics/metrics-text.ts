// Pure: metrics in the text format of Prometheus, version 0.0.4.

import type { Distribution, Labels, Measured } from './metric.ts';

export const metricsTextType = 'text/plain; version=0.0.4; charset=utf-8';

export function metricsText(all: readonly Measured[]): string {
  return all
    .flatMap((one) => {
      const name = one.name.replaceAll('.', '_');
      return [
        `# HELP ${name} ${one.help}`,
        `# TYPE ${name} ${one.kind}`,
        ...(one.kind === 'histogram'
          ? bucketLines(name, one)
          : one.samples.map(({ value, labels = {} }) => line(name, labels, value))),
      ];
    })
    .map((text) => `${text}\n`)
    .join('');
}

function bucketLines(name: string, { histogram }: Distribution): string[] {
  const { bounds, count, sum } = histogram;
  const buckets = bounds.map((bound, at) =>
    line(`${name}_bucket`, { le: String(bound) }, histogram.upTo(at)),
  );
  return [
    ...buckets,
    line(`${name}_bucket`, { le: '+Inf' }, count),
    line(`${name}_sum`, {}, sum),
    line(`${name}_count`, {}, count),
  ];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
