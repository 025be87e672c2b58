// Owner of the sessions of one host that somebody has yet to close.

import { OpenExecSession, type StreamedCommand } from './exec-session.ts';
import type { ExecSession, ExecStreamingRequest } from './task-session.ts';

export class OpenSessions {
  readonly #open = new Set<OpenExecSession>();

  open(command: StreamedCommand, request: ExecStreamingRequest): ExecSession {
    const session: OpenExecSession = new OpenExecSession(command, request, () => {
      this.#open.delete(session);
    });
    this.#open.add(session);
    return session;
  }

  /** All get SIGKILL. Whoever waits for one that this does not end is told by its `exited`. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#open].map((session) => session.close({ graceMs: 0 })));
  }
}
