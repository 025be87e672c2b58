// Pure state: which signals stops have sent to a main process, so that a second stop joins the first, and how the end is to be
// understood.

import type { MainProcess } from '../containment/signal-contained.ts';
import type { SpawnedProcess } from '../process/spawned-process.ts';
import { parseSignal } from './driver-errors.ts';

/** What was done to a process before it ended. */
export interface EndRequests {
  readonly isStopRequested: boolean;
  /** SIGKILL may have come from us. */
  readonly isKillSent: boolean;
}

export class StopSignals {
  /** The process as a stop ladder sees it: what an earlier ladder has sent is not sent again, SIGKILL excepted. */
  readonly main: MainProcess;
  readonly #sent = new Set<string>();
  #isStopRequested = false;
  #isKillSent = false;

  constructor(child: SpawnedProcess) {
    const sent = this.#sent;
    this.main = {
      pid: child.pid,
      killSignal: child.killSignal,
      leadsGroup: child.leadsGroup,
      get status() {
        return child.status;
      },
      get exited() {
        return child.exited;
      },
      kill(signal, to = 'main') {
        const number = typeof signal === 'number' ? signal : parseSignal(signal);
        const name = `${number} to ${to}`;
        if (number !== 9 && sent.has(name)) return child.status === undefined;
        sent.add(name);
        return child.kill(number, to);
      },
    };
  }

  get facts(): EndRequests {
    return { isStopRequested: this.#isStopRequested, isKillSent: this.#isKillSent };
  }

  /** A ladder ends with SIGKILL: an end by it is no sign of anybody else from here on. */
  noteStop(): void {
    this.#isStopRequested = true;
    this.#isKillSent = true;
  }

  noteKill(): void {
    this.#isKillSent = true;
  }
}
