// Owner of an agent of a test, as a process, with its state, its keeper and its tasks: all go with the test.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { AgentClient } from '../../src/cli/agent-client.ts';
import type { AllocationStub } from '../../src/cli/agent-objects.ts';
import { hasErrorCode } from '../../src/system-code.ts';
import { cleanUp } from './clean-up.ts';
import { type CliResult, runCli, startCli } from './command-line.ts';
import { eventually } from './eventually.ts';
import { keeperFolder } from './keeper-folder.ts';
import { unmountBelow } from './mounts.ts';

export class TestAgent {
  readonly client: AgentClient;
  readonly stateDirectory: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #config: string;
  #process: ChildProcess | undefined;
  #said = '';

  /** @param settings of its configuration, beside the driver's */
  constructor(t: TestContext, settings = '', driver = 'enabled = true') {
    this.stateDirectory = dirname(keeperFolder(t));
    const socket = join(this.stateDirectory, 'agent.sock');
    this.#config = join(this.stateDirectory, 'agent.hcl');
    this.configure(settings, driver);
    this.#env = { RAW_EXEC_STATE_DIR: this.stateDirectory, RAW_EXEC_SOCKET: socket };
    this.client = new AgentClient(socket);
    cleanUp(t, () => unmountBelow(this.stateDirectory));
    cleanUp(t, () => this.end('SIGTERM'));
  }

  /**
   * Resolves when it answers.
   *
   * @param env of its process, besides
   * @param flags in place of that of its configuration
   * @param before a command that runs it, with fewer rights for example
   */
  async start(
    env: Readonly<Record<string, string>> = {},
    flags: readonly string[] = ['--config', this.#config],
    before: readonly string[] = [],
  ): Promise<void> {
    const agent = startCli(['agent', ...flags], {
      before,
      env: { ...this.#env, ...env },
    });
    this.#process = agent;
    this.#said = '';
    agent.stderr?.on('data', (chunk) => {
      this.#said += String(chunk);
    });
    await eventually('the agent serves', () => /\bserves /.test(this.#said) || undefined);
  }

  /** For who starts it in another way: what it is told. */
  get invocation(): { readonly args: readonly string[]; readonly env: Record<string, string> } {
    return { args: ['agent', '--config', this.#config], env: { ...this.#env } };
  }

  /** Writes other settings, beside the same driver's. */
  configure(settings: string, driver = 'enabled = true'): void {
    writeFileSync(
      this.#config,
      `${settings}\nplugin "raw_exec" {\n  config {\n    ${driver}\n  }\n}\n`,
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** A file of an allocation's directory. */
  read(allocation: AllocationStub | undefined, path: string): string {
    return readFileSync(join(this.stateDirectory, 'alloc', allocation?.ID ?? '', path), 'utf8');
  }

  /** What it has said since its start. */
  get said(): string {
    return this.#said;
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const agent = this.#process;
    if (agent === undefined) return null;
    this.#process = undefined;
    if (agent.exitCode !== null || agent.signalCode !== null) return agent.exitCode;
    const ended = once(agent, 'close') as Promise<[number | null]>;
    agent.kill(signal);
    const [code] = await ended;
    return code;
  }

  /** A command that asks it. */
  cli(...args: readonly string[]): Promise<CliResult> {
    return runCli(args, { env: this.#env });
  }

  /** The same, while it runs. */
  command(...args: readonly string[]): ChildProcess {
    return startCli(args, { env: this.#env });
  }

  /** What its process has open, by path. */
  openFiles(): string[] {
    const files = `/proc/${this.#process?.pid ?? 0}/fd`;
    return readdirSync(files).flatMap((name) => {
      try {
        return [readlinkSync(join(files, name))];
      } catch (error) {
        // Closed since it was listed.
        if (hasErrorCode(error, ['ENOENT'])) return [];
        throw error;
      }
    });
  }

  /** The oldest first. */
  async allocations(job: string): Promise<AllocationStub[]> {
    const all = await this.client.get<AllocationStub[]>('/v1/allocations');
    return all.filter(({ JobID }) => JobID === job).toSorted((a, b) => a.CreateTime - b.CreateTime);
  }

  /** Waits until the allocations of a job are as wanted. */
  until(
    what: string,
    job: string,
    isSo: (allocations: readonly AllocationStub[]) => boolean,
  ): Promise<AllocationStub[]> {
    return eventually(what, async () => {
      const allocations = await this.allocations(job);
      return isSo(allocations) ? allocations : undefined;
    });
  }
}

/** The id of the process of a task's newest instance. */
export function pidOf({ TaskStates }: AllocationStub, task: string): number {
  const started = TaskStates[task]?.Events.findLast(({ Type }) => Type === 'Started');
  return Number(started?.Details['pid']);
}
