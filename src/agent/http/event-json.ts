// Pure: changes of the state as Nomad's event stream tells them.

import type { JournalEntry } from '../service/event-journal.ts';
import type { AllocationRecord, JobRecord } from '../state/records.ts';
import { allocationStub, type NodeName } from './allocation-json.ts';
import { evaluationObject, type Json, jobObject } from './job-json.ts';

interface Surroundings {
  readonly node: NodeName;
  readonly jobOf: (id: string) => JobRecord | undefined;
  readonly allocationsOf: (jobId: string) => readonly AllocationRecord[];
}

/** What a follower wants to hear of: topics, each with the keys that it is about, `*` for all. */
export type Topics = ReadonlyMap<string, ReadonlySet<string>>;

const all = '*';
const knownTopics = ['Job', 'Evaluation', 'Allocation'] as const;
/** Those of a cluster: there is nothing to tell of them here. */
const quietTopics = [
  'Deployment',
  'Node',
  'NodeDrain',
  'NodePool',
  'Service',
  'CSIVolume',
  'CSIPlugin',
  'ACLToken',
  'ACLPolicy',
];

/**
 * `Topic` or `Topic:key`, `*` for all.
 *
 * @returns the first text that names no topic
 */
export function readTopics(texts: readonly string[]): Topics | string {
  const topics = new Map<string, Set<string>>();
  for (const text of texts.length === 0 ? [all] : texts) {
    const at = text.indexOf(':');
    const topic = at < 0 ? text : text.slice(0, at);
    const known: readonly string[] = [all, ...knownTopics, ...quietTopics];
    if (!known.includes(topic)) return text;
    const keys = topics.get(topic) ?? new Set();
    topics.set(topic, keys.add(at < 0 ? all : text.slice(at + 1)));
  }
  return topics;
}

/** Undefined for what the follower does not want, or what nothing is known of any more. */
export function eventObject(
  entry: JournalEntry,
  topics: Topics,
  surroundings: Surroundings,
): Json | undefined {
  const { key, jobId, payload } = partsOf(entry, surroundings);
  const wanted = [topics.get(all), topics.get(entry.topic)];
  const isWanted = wanted.some((keys) => [all, key, jobId].some((one) => keys?.has(one)));
  if (!isWanted) return undefined;
  const object = payload();
  if (object === undefined) return undefined;
  return {
    Topic: entry.topic,
    Type: entry.type,
    Key: key,
    Namespace: 'default',
    FilterKeys: entry.topic === 'Job' ? [] : [jobId],
    Index: entry.index,
    Payload: { [entry.topic]: object },
  };
}

interface Parts {
  readonly key: string;
  readonly jobId: string;
  readonly payload: () => Json | undefined;
}

function partsOf(entry: JournalEntry, { node, jobOf, allocationsOf }: Surroundings): Parts {
  switch (entry.topic) {
    case 'Job': {
      const { record } = entry;
      const { id } = record;
      return { key: id, jobId: id, payload: () => jobObject(record, allocationsOf(id)) };
    }
    case 'Evaluation': {
      const { record } = entry;
      return { key: record.id, jobId: record.jobId, payload: () => evaluationObject(record) };
    }
    case 'Allocation': {
      const { record } = entry;
      const payload = (): Json | undefined => {
        const job = jobOf(record.jobId);
        return job && allocationStub(record, job, node);
      };
      return { key: record.id, jobId: record.jobId, payload };
    }
  }
}
