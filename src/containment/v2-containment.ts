// Owner of the processes of one cgroup v2 group that was made for one task, and of the watch on its events.

import { constants as fileConstants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { GroupEvent, type Watch } from '../native/containment.ts';
import { native } from '../native.ts';
import { hasErrorCode } from '../system-code.ts';
import type { Containment, KillOutcome, SignalOutcome } from './containment.ts';
import { orThrow } from './containment-error.ts';
import { Deadline, happensWithin } from './deadline.ts';
import { counted, listMembers, type MembersReached, signalMembers } from './group-members.ts';
import { findSurvivors, notPermitted } from './survivors.ts';

/**
 * Whoever is left this long after cgroup.kill gets SIGKILL through a pidfd as well. The kernel (6.18) sends to the first thread
 * of each process: when that has ended while others go on, it is lost, and the process lives.
 */
const firstRoundMs = 20;
/** After this the kill is repeated: a group that is asked to die again loses nothing by it. */
const laterRoundMs = 1000;
/** How long a group may take to freeze: a process in uninterruptible sleep keeps it from it. */
const freezeGraceMs = 500;

const killSignal = 9;
/** cgroup.kill cannot be read: who opens it for both is refused, unless it is root. Nothing is made where there is no file. */
const writeOnly = { flag: fileConstants.O_WRONLY };
const { ENODEV, ENOENT } = constants.errno;

/** What a group has to offer. */
export interface V2ContainmentOptions {
  /** Whether the kernel has cgroup.kill (Linux 5.14); else the group is frozen, killed one by one and thawed. @default true */
  readonly killFile?: boolean;
}

export class V2Containment implements Containment {
  readonly kind = 'v2';
  readonly name: string;
  readonly #directory: string;
  readonly #watches = new Set<Watch>();
  #hasKillFile: boolean;

  /** @param directory of a group that holds this task and nobody else: all in it is killed */
  constructor(directory: string, options: V2ContainmentOptions = {}) {
    this.#directory = directory;
    this.name = `group ${directory}`;
    this.#hasKillFile = options.killFile ?? true;
  }

  members(): readonly number[] {
    return listMembers([this.#directory]);
  }

  /** A group that is gone is empty. */
  isEmpty(): boolean {
    const events = native.readGroupEvents(this.#directory);
    return events < 0 ? this.members().length === 0 : (events & GroupEvent.populated) === 0;
  }

  /** At the deadline it is looked at once more: the kernel holds notices back that follow one another within 10 ms. */
  async whenEmpty(deadlineMs: number): Promise<boolean> {
    const isTold = await this.#whenEvent(
      deadlineMs,
      (events) => (events & GroupEvent.populated) === 0,
    );
    return isTold || this.isEmpty();
  }

  async signalAll(signal: number): Promise<SignalOutcome> {
    return counted(signalMembers([this.#directory], signal));
  }

  async killAll(deadlineMs: number): Promise<KillOutcome> {
    const deadline = new Deadline(deadlineMs);
    const killed = new Set<number>();
    const refused = new Set<number>();
    for (let round = 0; ; round++) {
      if (this.isEmpty()) return { killed: killed.size, survivors: [] };
      const outcome = await this.#killOnce(round > 0);
      for (const pid of outcome.reached) killed.add(pid);
      for (const { pid } of notPermitted(outcome.refused)) refused.add(pid);
      const roundMs = round === 0 ? firstRoundMs : laterRoundMs;
      if (await this.whenEmpty(Math.min(roundMs, deadline.leftMs))) {
        return { killed: killed.size, survivors: [] };
      }
      if (deadline.hasPassed) {
        return { killed: killed.size, survivors: findSurvivors(this.members(), refused) };
      }
    }
  }

  close(): void {
    for (const watch of this.#watches) watch.close();
    this.#watches.clear();
  }

  /** By one write, which no fork escapes; the members are listed before for their number alone, so a list that fails stops nothing. */
  async #killOnce(isRepeated: boolean): Promise<MembersReached> {
    if (this.#hasKillFile) {
      const reached = this.#countable();
      try {
        await writeFile(join(this.#directory, 'cgroup.kill'), '1', writeOnly);
        return isRepeated ? signalMembers([this.#directory], killSignal) : { reached, refused: [] };
      } catch (error) {
        // The last one has ended by itself, and the group was removed since: a look at it tells that.
        if (hasErrorCode(error, ['ENODEV'])) return { reached, refused: [] };
        // Not there (before 5.14), or a threaded group (EOPNOTSUPP).
        if (!hasErrorCode(error, ['ENOENT', 'EOPNOTSUPP', 'ENOTSUP'])) throw error;
        this.#hasKillFile = false;
      }
    }
    return this.#killFrozen();
  }

  #countable(): readonly number[] {
    const list = native.listGroupMembers([this.#directory]);
    return typeof list === 'number' ? [] : [...list];
  }

  /** Frozen processes cannot fork; in version 2 they die of SIGKILL all the same. */
  async #killFrozen(): Promise<MembersReached> {
    await this.#freeze('1');
    try {
      await this.#whenEvent(freezeGraceMs, (events) => (events & GroupEvent.frozen) !== 0);
      return signalMembers([this.#directory], killSignal);
    } finally {
      await this.#freeze('0');
    }
  }

  async #freeze(value: '0' | '1'): Promise<void> {
    try {
      await writeFile(join(this.#directory, 'cgroup.freeze'), value, writeOnly);
    } catch (error) {
      // Before 5.2 there is none: rounds of signals alone are what is left. A group that is gone needs no thaw.
      if (!hasErrorCode(error, ['ENOENT', 'ENODEV'])) throw error;
    }
  }

  #whenEvent(deadlineMs: number, isIt: (events: number) => boolean): Promise<boolean> {
    return happensWithin(deadlineMs, (onHappened) => {
      const told = (events: number): void => {
        // Any other errno says nothing about the group: for want of descriptors nobody is taken for gone.
        const isGone = events === -ENOENT || events === -ENODEV;
        if (isGone || (events >= 0 && isIt(events))) onHappened();
      };
      const watch = this.#watch(told);
      // After the watch is there, so that no change falls between.
      told(native.readGroupEvents(this.#directory));
      return () => this.#end(watch);
    });
  }

  #watch(told: (events: number) => void): Watch | undefined {
    const watch = native.watchGroupEvents(this.#directory, told);
    if (watch === -ENOENT || watch === -ENODEV) return undefined;
    const started = orThrow(watch, `watch ${this.#directory}/cgroup.events`);
    this.#watches.add(started);
    return started;
  }

  #end(watch: Watch | undefined): void {
    if (watch === undefined) return;
    watch.close();
    this.#watches.delete(watch);
  }
}
