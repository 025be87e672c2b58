// Owner of nothing: /v1/search, the ids that begin with a text.

import type { Hono } from 'hono';
import * as v from 'valibot';
import type { ApiContext } from './api.ts';
import { bodyText } from './read-job.ts';
import { json, refuse } from './respond.ts';

const request = v.object({
  Prefix: v.optional(v.nullable(v.string())),
  Context: v.optional(v.nullable(v.string())),
});

/** As many as Nomad tells of each kind. */
const mostMatches = 20;
/** Kinds that Nomad has and one host has nothing of. */
const emptyKinds: readonly string[] = [
  'deployment',
  'namespaces',
  'node_pools',
  'host_volumes',
  'plugins',
  'quotas',
  'recommendations',
  'scaling_policy',
  'vars',
  'volumes',
];

export function addSearchRoutes(app: Hono, { agent, node }: ApiContext): void {
  const kinds: Readonly<Record<string, () => readonly string[]>> = {
    jobs: () => agent.jobs().map(({ id }) => id),
    allocs: () => agent.allocations().map(({ id }) => id),
    evals: () => agent.jobs().flatMap(({ evaluations }) => evaluations.map(({ id }) => id)),
    nodes: () => [node.id],
  };
  app.on(['PUT', 'POST'], '/v1/search', async (context) => {
    const { prefix, kind } = readRequest(await bodyText(context));
    if (kind !== 'all' && !Object.hasOwn(kinds, kind) && !emptyKinds.includes(kind)) {
      const known = ['all', ...Object.keys(kinds)].join(', ');
      throw refuse(400, `Context must be one of ${known}, and is ${JSON.stringify(kind)}`);
    }
    const wanted = kind === 'all' ? Object.keys(kinds) : [kind];
    const found = wanted.map((name) => {
      const ids = kinds[name]?.() ?? [];
      return [name, ids.filter((id) => id.startsWith(prefix)).toSorted()] as const;
    });
    return json(context, agent, {
      // The shortest is first in the order of texts: one that is meant exactly.
      Matches: Object.fromEntries(found.map(([name, ids]) => [name, ids.slice(0, mostMatches)])),
      Truncations: Object.fromEntries(found.map(([name, ids]) => [name, ids.length > mostMatches])),
    });
  });
}

function readRequest(text: string): { readonly prefix: string; readonly kind: string } {
  try {
    const { Prefix: prefix, Context: kind } = v.parse(request, JSON.parse(text));
    return { prefix: prefix ?? '', kind: kind || 'all' };
  } catch {
    throw refuse(400, 'the body must be an object with "Prefix" and "Context", two texts');
  }
}
