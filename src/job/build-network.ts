/** `network` blocks of a group, or of `resources` in the old form. Pure. */
import type { Network, Port } from './job-model.ts';
import type { Problems } from './problems.ts';
import { children, number, type RawBlock, rangeOf, text } from './raw-block.ts';

const maxPort = 65_535;

/** The networks that stand in `holder`. */
export function buildNetworks(holder: RawBlock | undefined, problems: Problems): Network[] {
  if (holder === undefined) {
    return [];
  }
  const labels = new Set<string>();
  return children(holder, 'network').map((block) => {
    const hostname = text(block, 'hostname');
    return {
      mode: text(block, 'mode') || 'host',
      ...(hostname === undefined || hostname === '' ? {} : { hostname }),
      ports: children(block, 'port').map((port) => buildPort(port, labels, problems)),
    };
  });
}

function buildPort(block: RawBlock, labels: Set<string>, problems: Problems): Port {
  const label = text(block, 'label') ?? '';
  if (labels.has(label)) {
    problems.error(
      `two ports are named ${JSON.stringify(label)}: each needs a name of its own`,
      rangeOf(block, 'label'),
    );
  }
  labels.add(label);
  // A server writes 0 for a port that is yet to be chosen, and for one that is not mapped.
  const fixed = number(block, 'static') || undefined;
  const to = number(block, 'to') || undefined;
  checkPort('static', 1, fixed, block, problems);
  checkPort('to', -1, to, block, problems);
  return {
    label,
    ...(fixed === undefined ? {} : { static: fixed }),
    ...(to === undefined ? {} : { to }),
    hostNetwork: text(block, 'host_network') || 'default',
  };
}

function checkPort(
  name: string,
  least: number,
  port: number | undefined,
  block: RawBlock,
  problems: Problems,
): void {
  if (port !== undefined && (port < least || port > maxPort)) {
    problems.error(
      `"${name}" must be a port from ${least} to ${maxPort}, and is ${port}`,
      rangeOf(block, name),
    );
  }
}
