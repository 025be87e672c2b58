// Owner of nothing: prints what has happened to tasks, and what happens.

import { AgentClient } from './agent-client.ts';
import type { AgentFlags } from './agent-flags.ts';
import type { AllocationStub, TaskEvent } from './agent-objects.ts';
import { endWithOutput } from './closed-output.ts';
import { failureExitCode } from './exit-codes.ts';
import { allocationOf, shortIdLength } from './find-allocation.ts';
import { OutputWriter } from './output-writer.ts';
import { UserError } from './user-error.ts';

interface EventsFlags extends AgentFlags {
  readonly follow?: true;
  readonly json?: true;
}

interface StreamLine {
  readonly Events?: readonly { readonly Payload: { readonly Allocation?: AllocationStub } }[];
}

interface Happening {
  readonly allocation: AllocationStub;
  readonly task: string;
  readonly event: TaskEvent;
}

const nanosecondsPerMs = 1_000_000;

export async function showEvents(name: string | undefined, flags: EventsFlags): Promise<void> {
  const client = new AgentClient(flags.socket);
  const wanted = await wantedOf(client, name);
  const output = new OutputWriter(1, endWithOutput('events'));
  const print = (text: string): Promise<void> => output.write(Buffer.from(text));
  const isFollowing = flags.follow === true;
  const isJson = flags.json === true;
  // Before the list is asked for: what happens between the two is in both, and printed once.
  const stream = isFollowing
    ? await client.stream(wanted.path, { topic: wanted.topic, ...(await fromNow(client)) })
    : undefined;
  const news = new News();
  const show = async (allocations: readonly AllocationStub[]): Promise<void> => {
    for (const one of news.of(allocations)) await print(isJson ? `${jsonOf(one)}\n` : textOf(one));
  };
  if (!isFollowing || !isJson) {
    const all = await client.get<AllocationStub[]>('/v1/allocations');
    await show(all.filter(wanted.has));
  }
  for await (const line of linesOf(stream ?? [])) {
    if (isJson) {
      if (line !== '{}') await print(`${line}\n`);
      continue;
    }
    const { Events: events = [] } = JSON.parse(line) as StreamLine;
    await show(events.flatMap(({ Payload: { Allocation: one } }) => one ?? []).filter(wanted.has));
  }
  await output.flush();
  if (isFollowing)
    throw new UserError(
      'the agent has ended the stream: it is ending, or was not read fast enough. Ask again',
      failureExitCode,
    );
}

/** What has happened before is in the list. */
async function fromNow(client: AgentClient): Promise<{ index: number }> {
  const { newest } = await client.getNewer('/v1/status/leader', 0);
  return { index: newest + 1 };
}

interface Wanted {
  readonly path: string;
  /** Of the stream; undefined for all. */
  readonly topic: string | undefined;
  readonly has: (allocation: AllocationStub) => boolean;
}

async function wantedOf(client: AgentClient, name: string | undefined): Promise<Wanted> {
  const path = '/v1/event/stream';
  if (name === undefined) return { path, topic: undefined, has: () => true };
  const { ID, JobID } = await allocationOf(client, name);
  const key = JobID === name ? JobID : ID;
  return {
    path,
    topic: `*:${key}`,
    has: (one) => one.ID === key || one.JobID === key,
  };
}

/** An allocation that was silent while so many others changed may be told of twice. */
const mostRemembered = 10_000;

/** Each change of an allocation comes with the last events of its tasks: tells which of them were not told before. */
class News {
  /** The events that were told of last, by allocation. */
  readonly #told = new Map<string, ReadonlySet<string>>();

  /** The oldest first. */
  of(allocations: readonly AllocationStub[]): Happening[] {
    return allocations
      .flatMap((allocation) => this.#ofOne(allocation))
      .toSorted((a, b) => a.event.Time - b.event.Time);
  }

  #ofOne(allocation: AllocationStub): Happening[] {
    const told = this.#told.get(allocation.ID);
    const all = Object.entries(allocation.TaskStates).flatMap(([task, { Events }]) =>
      Events.map((event) => ({ allocation, task, event })),
    );
    this.#told.delete(allocation.ID);
    this.#told.set(allocation.ID, new Set(all.map(keyOf)));
    const [oldest] = this.#told.keys();
    if (this.#told.size > mostRemembered && oldest !== undefined) this.#told.delete(oldest);
    return all.filter((one) => told?.has(keyOf(one)) !== true);
  }
}

function keyOf({ task, event }: Happening): string {
  return `${task} ${event.Time} ${event.Type} ${event.DisplayMessage}`;
}

function textOf({ allocation, task, event }: Happening): string {
  const at = new Date(event.Time / nanosecondsPerMs).toISOString();
  const where = `${allocation.JobID} ${allocation.ID.slice(0, shortIdLength)} ${task}`;
  return `${at}  ${where}  ${event.Type}: ${event.DisplayMessage}\n`;
}

function jsonOf({ allocation, task, event }: Happening): string {
  return JSON.stringify({ JobID: allocation.JobID, AllocID: allocation.ID, Task: task, ...event });
}

async function* linesOf(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
